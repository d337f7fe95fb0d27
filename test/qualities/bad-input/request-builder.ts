/** Builds requests byte by byte, so that they can be bad in ways that no HTTP library lets through, and sends them. */
import type { Response } from "supertest";
import { sendRaw } from "../../../src/contract-suite/raw-http";
import type { TlsClient } from "../../harness/tls-client";

/** Text that is encoded as its position requires, or bytes that are sent unchanged. */
export type RawValue = string | Buffer;
export type RequestField = readonly [name: string, value: RawValue];

/** A request in parts, before it is encoded. */
export interface RawRequest {
  method: "GET" | "POST" | "PUT";
  path: string;
  query: readonly RequestField[];
  headers: readonly RequestField[];
  /** JSON members by their path, such as `identity.id`. */
  body?: { as: "form" | "json"; members: readonly RequestField[] };
  /** Sends the form over this TLS connection instead of plain TCP. */
  tlsClient?: TlsClient;
}

/** A response, in the shape that the conformance check takes. */
export type ReceivedResponse = Pick<Response, "status" | "headers" | "text">;

const mediaTypes = { form: "application/x-www-form-urlencoded", json: "application/json" };

/** Sends a request and returns its response. */
export async function send(url: string, request: RawRequest): Promise<ReceivedResponse> {
  if (request.tlsClient !== undefined)
    return request.tlsClient.post(request.path, toTexts(request.body?.members ?? []), toTexts(request.headers));
  const { status, headers, body } = await sendRaw(url, encodeRequest(request));
  return { status, headers, text: Buffer.from(body, "latin1").toString("utf8") };
}

function toTexts(pairs: readonly RequestField[]): Record<string, string> {
  return Object.fromEntries(pairs.map(([name, value]) => [name, value.toString()]));
}

function encodeRequest({ method, path, query, headers, body }: RawRequest): Buffer {
  const content = body === undefined ? Buffer.alloc(0) : body.as === "form" ? encodeForm(body.members) : encodeJson(body.members);
  const own: RequestField[] = [
    ["Host", "polymint.test"],
    ...(body === undefined ? [] : [["Content-Type", mediaTypes[body.as]] as const]),
    ...(method === "POST" ? [["Content-Length", String(content.length)] as const] : []),
  ];
  const head = [...own, ...headers].flatMap(([name, value]) => [`${name}: `, value, "\r\n"]);
  const target = query.length === 0 ? [path] : [path, "?", encodeForm(query)];
  return concatenate([`${method} `, ...target, " HTTP/1.1\r\n", ...head, "\r\n", content]);
}

function encodeForm(members: readonly RequestField[]): Buffer {
  const parts = members.map(([name, value]) =>
    concatenate([encodeURIComponent(name), "=", typeof value === "string" ? encodeURIComponent(value) : value]),
  );
  return joinWith(parts, "&");
}

/** Members with a common beginning of their path are in one object. A path that is given twice is written twice. */
function encodeJson(members: readonly RequestField[]): Buffer {
  const names = [...new Set(members.map(([path]) => path.split(".")[0] ?? ""))];
  const parts = names.flatMap((name) => {
    const own = members.filter(([path]) => path === name);
    const below = members
      .filter(([path]) => path.startsWith(`${name}.`))
      .map(([path, value]): RequestField => [path.slice(name.length + 1), value]);
    const values = [
      ...own.map(([, value]) => (typeof value === "string" ? JSON.stringify(value) : value)),
      ...(below.length > 0 ? [encodeJson(below)] : []),
    ];
    return values.map((value) => concatenate([JSON.stringify(name), ":", value]));
  });
  return concatenate(["{", joinWith(parts, ","), "}"]);
}

function joinWith(parts: readonly Buffer[], by: string): Buffer {
  return concatenate(parts.flatMap((part, index) => (index === 0 ? [part] : [by, part])));
}

function concatenate(parts: readonly RawValue[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}
