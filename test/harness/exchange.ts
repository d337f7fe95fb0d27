/** Watches the requests and responses of servers in this process. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";

/** A part of a request (in) or a response (out). Fields that this part does not report are empty. */
export type ExchangePart =
  | { way: "in"; url: string; rawHeaders: readonly string[]; body: string }
  | { way: "out"; location: string; cookies: readonly string[]; body: string };

/** Reports the exchanges of all servers of these classes without changing them. @returns a function that stops it */
export function watchServers(kinds: readonly { prototype: Server }[], tell: (passed: ExchangePart) => void): () => void {
  const restore = kinds.map(({ prototype }) =>
    interceptCalls(prototype, "emit", (event, request, response) => {
      if (event === "request") watchExchange(request as IncomingMessage, response as ServerResponse, tell);
    }),
  );
  return () => {
    for (const each of restore) each();
  };
}

function watchExchange(request: IncomingMessage, response: ServerResponse, tell: (passed: ExchangePart) => void): void {
  const { url = "", rawHeaders } = request;
  const sent: Buffer[] = [];
  // Report the head at once, since the body may never end.
  tell({ way: "in", url, rawHeaders, body: "" });
  interceptCalls(request, "emit", (event, chunk) => {
    if (event === "data") sent.push(Buffer.from(chunk as Uint8Array));
    if (event === "end" && sent.length > 0) tell({ way: "in", url: "", rawHeaders: [], body: Buffer.concat(sent).toString("utf8") });
  });
  interceptCalls(response, "end", (chunk) => {
    const body = typeof chunk === "string" || chunk instanceof Uint8Array ? Buffer.from(chunk as string).toString("utf8") : "";
    const cookies = [response.getHeader("set-cookie") ?? []].flat().map((cookie) => String(cookie));
    tell({ way: "out", location: String(response.getHeader("location") ?? ""), cookies, body });
  });
}

type AnyMethod = (this: unknown, ...all: unknown[]) => unknown;

/** Calls `look` with the arguments of every call of a method. @returns a function that stops it */
export function interceptCalls(target: object, name: string, look: (...all: unknown[]) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const method = Reflect.get(target, name) as AnyMethod;
  const looking: AnyMethod = function (...all) {
    look(...all);
    return method.apply(this, all);
  };
  Object.defineProperty(target, name, { value: looking, configurable: true, writable: true, enumerable: false });
  return () => {
    if (own === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, own);
  };
}
