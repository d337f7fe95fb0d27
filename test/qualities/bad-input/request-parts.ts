import type { Draft, Pair, Value } from "./request-builder";

/** Decides which ways there are to be bad; `other` has none but those that its rows name. */
export type Kind = "form" | "json" | "query" | "header" | "basic" | "other";

/** Where in a request a value stands. */
export interface Place {
  kind: Kind;
  /** As the contract calls it. */
  name: string;
  get(draft: Draft): string;
  /** The same request with this value in the place of the one there was; with several, it is repeated, with none, left out. */
  put(draft: Draft, ...values: readonly Value[]): Draft;
}

export const inForm = (name: string): Place => inBody("form", name);
/** @param path names from the outside to the leaf, with dots between */
export const inJson = (path: string): Place => inBody("json", path);

function inBody(kind: "form" | "json", name: string): Place {
  return {
    kind,
    name,
    get: ({ body }) => text(body?.members ?? [], name),
    put: (draft, ...values) => {
      const { as, members } = draft.body ?? { as: kind, members: [] };
      return { ...draft, body: { as, members: replaced(members, name, values) } };
    },
  };
}

export function inQuery(name: string): Place {
  return {
    kind: "query",
    name,
    get: ({ query }) => text(query, name),
    put: (draft, ...values) => ({ ...draft, query: replaced(draft.query, name, values) }),
  };
}

/** @param before what stands in front of the value, such as a scheme */
export function inHeader(name: string, before = ""): Place {
  return {
    kind: "header",
    name,
    get: ({ headers }) => text(headers, name).slice(before.length),
    put: (draft, ...values) => {
      const whole = values.map((value) => (typeof value === "string" ? `${before}${value}` : Buffer.concat([Buffer.from(before), value])));
      return { ...draft, headers: replaced(draft.headers, name, whole) };
    },
  };
}

export const bearer = inHeader("Authorization", "Bearer ");

const basic = inHeader("Authorization", "Basic ");

/** Half of Basic credentials; text is form-encoded as RFC 6749 §2.3.1 wants it. */
export function inBasic(half: "id" | "secret"): Place {
  const index = half === "id" ? 0 : 1;
  const halves = (draft: Draft) => Buffer.from(basic.get(draft), "base64").toString("utf8").split(":");
  return {
    kind: "basic",
    name: half,
    get: (draft) => decodeURIComponent(halves(draft)[index] ?? ""),
    put: (draft, ...values) => {
      const [id = "", secret = ""] = halves(draft);
      const pairs = values.map((value) => {
        const written = typeof value === "string" ? Buffer.from(encodeURIComponent(value)) : value;
        const both = half === "id" ? [written, Buffer.from(`:${secret}`)] : [Buffer.from(`${id}:`), written];
        return Buffer.concat(both).toString("base64");
      });
      return basic.put(draft, ...pairs);
    },
  };
}

/** All of the Basic credentials, as base64. */
export const wholeBasic: Place = { ...basic, name: "Authorization" };

function text(pairs: readonly Pair[], name: string): string {
  const value = pairs.find((pair) => pair[0] === name)?.[1];
  if (typeof value !== "string") throw new Error(`the request has no ${name} that could be spoilt`);
  return value;
}

function replaced(pairs: readonly Pair[], name: string, values: readonly Value[]): Pair[] {
  const at = pairs.findIndex((pair) => pair[0] === name);
  if (at < 0) return [...pairs, ...values.map((value): Pair => [name, value])];
  return [...pairs.slice(0, at), ...values.map((value): Pair => [name, value]), ...pairs.slice(at + 1)];
}
