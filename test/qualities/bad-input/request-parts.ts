/** Names a part of a request (a form field, a header, half of Basic credentials), reads its value and replaces it. */
import type { RawRequest, RequestField, RawValue } from "./request-builder";

/** Decides which faults of `faults.ts` apply; to `other`, only the special cases of its row. */
export type PartKind = "form" | "json" | "query" | "header" | "basic" | "other";

/** A part of a request that has a value. */
export interface RequestPart {
  kind: PartKind;
  /** The contract's name for it. */
  name: string;
  /** @throws Error if the request does not have it as text */
  read(request: RawRequest): string;
  /** The same request with this value instead. With several values the part is repeated, with none it is left out. */
  replace(request: RawRequest, ...values: readonly RawValue[]): RawRequest;
}

export const inForm = (name: string): RequestPart => inBody("form", name);
/** @param path names of members from the outermost to the innermost, joined with dots */
export const inJson = (path: string): RequestPart => inBody("json", path);

function inBody(kind: "form" | "json", name: string): RequestPart {
  return {
    kind,
    name,
    read: ({ body }) => readText(body?.members ?? [], name),
    replace: (request, ...values) => {
      const { as, members } = request.body ?? { as: kind, members: [] };
      return { ...request, body: { as, members: replaceField(members, name, values) } };
    },
  };
}

export function inQuery(name: string): RequestPart {
  return {
    kind: "query",
    name,
    read: ({ query }) => readText(query, name),
    replace: (request, ...values) => ({ ...request, query: replaceField(request.query, name, values) }),
  };
}

/** @param before what stands in front of the value, such as a scheme */
export function inHeader(name: string, before = ""): RequestPart {
  return {
    kind: "header",
    name,
    read: ({ headers }) => readText(headers, name).slice(before.length),
    replace: (request, ...values) => {
      const whole = values.map((value) => (typeof value === "string" ? `${before}${value}` : Buffer.concat([Buffer.from(before), value])));
      return { ...request, headers: replaceField(request.headers, name, whole) };
    },
  };
}

export const bearer = inHeader("Authorization", "Bearer ");

const basic = inHeader("Authorization", "Basic ");

/** Half of the Basic credentials. Text is form-encoded (RFC 6749 §2.3.1). */
export function inBasic(half: "id" | "secret"): RequestPart {
  const index = half === "id" ? 0 : 1;
  const halves = (request: RawRequest) => Buffer.from(basic.read(request), "base64").toString("utf8").split(":");
  return {
    kind: "basic",
    name: half,
    read: (request) => decodeURIComponent(halves(request)[index] ?? ""),
    replace: (request, ...values) => {
      const [id = "", secret = ""] = halves(request);
      const pairs = values.map((value) => {
        const written = typeof value === "string" ? Buffer.from(encodeURIComponent(value)) : value;
        const both = half === "id" ? [written, Buffer.from(`:${secret}`)] : [Buffer.from(`${id}:`), written];
        return Buffer.concat(both).toString("base64");
      });
      return basic.replace(request, ...pairs);
    },
  };
}

/** The whole of the Basic credentials, in base64. */
export const wholeBasic: RequestPart = { ...basic, name: "Authorization" };

function readText(pairs: readonly RequestField[], name: string): string {
  const value = pairs.find((pair) => pair[0] === name)?.[1];
  if (typeof value !== "string") throw new Error(`the request has no ${name} with a text value`);
  return value;
}

function replaceField(pairs: readonly RequestField[], name: string, values: readonly RawValue[]): RequestField[] {
  const at = pairs.findIndex((pair) => pair[0] === name);
  if (at < 0) return [...pairs, ...values.map((value): RequestField => [name, value])];
  return [...pairs.slice(0, at), ...values.map((value): RequestField => [name, value]), ...pairs.slice(at + 1)];
}
