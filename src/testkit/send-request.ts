import type { DemoRequest } from "../contracts/demo";

/** A request as it goes over the wire. */
export interface EncodedRequest {
  method: "POST" | "GET";
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

/** @param url base URL of the server */
export async function sendRequest(url: string, { path, ...init }: EncodedRequest): Promise<PlainResponse> {
  const answer = await fetch(`${url}${path}`, { ...init, redirect: "manual" });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
}
