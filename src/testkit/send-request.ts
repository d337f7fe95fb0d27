import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import type { DemoMethod, DemoRequest } from "../contracts/demo";

/** A request as it goes over the wire. */
export interface EncodedRequest {
  method: DemoMethod;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** What came back. */
export interface PlainResponse {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  text: string;
}

export function encodeRequest({ path, method = "POST", headers = {}, basic, form, json }: DemoRequest): EncodedRequest {
  const authorization = basic && `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString("base64")}`;
  const type = form === undefined ? "application/json" : "application/x-www-form-urlencoded";
  const body = form === undefined ? encodeJson(json) : new URLSearchParams(form).toString();
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method,
    path,
    headers: { ...(authorization !== undefined && { authorization }), ...(body !== undefined && { "content-type": type }), ...own },
    ...(body !== undefined && { body }),
  };
}

function encodeJson(json: unknown): string | undefined {
  return json === undefined ? undefined : JSON.stringify(json);
}

/** Sends a request as it is: `fetch` would replace its Host header. @param url base URL of the server, without TLS */
export async function sendRequest(url: string, { path, method, headers, body }: EncodedRequest): Promise<PlainResponse> {
  const sent = request(`${url}${path}`, { method, headers, agent: false });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const found = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
  return { status: answer.statusCode ?? 0, headers: Object.fromEntries(found) as Record<string, string>, text: await text(answer) };
}
