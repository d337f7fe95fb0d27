import type { IncomingMessage, Server, ServerResponse } from "node:http";

/** What goes to a server, or comes from it, as it stands on the wire. What is not told of yet, or was told before, is empty. */
export type ExchangePart =
  | { way: "in"; url: string; rawHeaders: readonly string[]; body: string }
  | { way: "out"; location: string; cookies: readonly string[]; body: string };

/** Tells of every exchange of every server that is one of these, without touching any. @returns ends it */
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
  // At once: a body may never end.
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

/** Looks at what a method is called with. @returns ends it */
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
