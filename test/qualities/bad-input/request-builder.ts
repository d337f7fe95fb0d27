import type { Response } from "supertest";
import { sendRaw } from "../../harness/raw-http";
import type { TlsClient } from "../../harness/tls-client";

/** Text that is encoded as its place demands, or bytes that stand on the wire as they are. */
export type Value = string | Buffer;
export type Pair = readonly [name: string, value: Value];

/** A request before it is put on the wire: every part of it can be spoilt, in ways that no HTTP library would let through. */
export interface Draft {
  method: "GET" | "POST";
  path: string;
  query: readonly Pair[];
  headers: readonly Pair[];
  /** JSON members by their path, such as `identity.id`. */
  body?: { as: "form" | "json"; members: readonly Pair[] };
  /** For a form over TLS, in place of bytes on a wire that anyone can read. */
  over?: TlsClient;
}

/** An answer, in the shape that the conformance check takes. */
export type Answer = Pick<Response, "status" | "headers" | "text">;

const mediaTypes = { form: "application/x-www-form-urlencoded", json: "application/json" };

/** Puts a request on the wire, byte by byte. */
export async function send(url: string, draft: Draft): Promise<Answer> {
  if (draft.over !== undefined) return draft.over.post(draft.path, textsOf(draft.body?.members ?? []), textsOf(draft.headers));
  const { status, headers, body } = await sendRaw(url, bytesOf(draft));
  return { status, headers, text: Buffer.from(body, "latin1").toString("utf8") };
}

function textsOf(pairs: readonly Pair[]): Record<string, string> {
  return Object.fromEntries(pairs.map(([name, value]) => [name, value.toString()]));
}

function bytesOf({ method, path, query, headers, body }: Draft): Buffer {
  const content = body === undefined ? Buffer.alloc(0) : body.as === "form" ? encodedForm(body.members) : encodedJson(body.members);
  const own: Pair[] = [
    ["Host", "polymint.test"],
    ...(body === undefined ? [] : [["Content-Type", mediaTypes[body.as]] as const]),
    ...(method === "POST" ? [["Content-Length", String(content.length)] as const] : []),
  ];
  const head = [...own, ...headers].flatMap(([name, value]) => [`${name}: `, value, "\r\n"]);
  const target = query.length === 0 ? [path] : [path, "?", encodedForm(query)];
  return joined([`${method} `, ...target, " HTTP/1.1\r\n", ...head, "\r\n", content]);
}

function encodedForm(members: readonly Pair[]): Buffer {
  const parts = members.map(([name, value]) =>
    joined([encodeURIComponent(name), "=", typeof value === "string" ? encodeURIComponent(value) : value]),
  );
  return separated(parts, "&");
}

/** Members that share the beginning of their path stand in one object; a path that comes twice is written twice. */
function encodedJson(members: readonly Pair[]): Buffer {
  const names = [...new Set(members.map(([path]) => path.split(".")[0] ?? ""))];
  const parts = names.flatMap((name) => {
    const own = members.filter(([path]) => path === name);
    const below = members
      .filter(([path]) => path.startsWith(`${name}.`))
      .map(([path, value]): Pair => [path.slice(name.length + 1), value]);
    const values = [
      ...own.map(([, value]) => (typeof value === "string" ? JSON.stringify(value) : value)),
      ...(below.length > 0 ? [encodedJson(below)] : []),
    ];
    return values.map((value) => joined([JSON.stringify(name), ":", value]));
  });
  return joined(["{", separated(parts, ","), "}"]);
}

function separated(parts: readonly Buffer[], by: string): Buffer {
  return joined(parts.flatMap((part, index) => (index === 0 ? [part] : [by, part])));
}

function joined(parts: readonly Value[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}
