import type { DemoRequest } from "../../contracts/demo";
import type { InnerRequest } from "../../server/inner-requests";
import type { Call } from "./calls";

/**
 * A request as the fields of a form have it, by name: `path.x`, `query.x`, `header.x` and `form.x` for parameters, `user` and `password`
 * for HTTP Basic, `headers` for more headers, one in a line, and `body` for a body as it is, in place of the `form.x`.
 */
export type Draft = Readonly<Record<string, string | undefined>>;

const formType = "application/x-www-form-urlencoded";

/** Headers that belong to the connection, or that say how long the body is (RFC 9110 §7.6.1). */
const framing = ["connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/** Makes the draft of a demo's request. */
export function toDraft({ path, headers = {}, basic, form = {}, json }: DemoRequest, { operation }: Call): Draft {
  const [plainPath = "", search = ""] = path.split("?", 2);
  const segments = plainPath.split("/");
  const inPath = (operation.template ?? []).flatMap((part, at) =>
    "parameter" in part ? [[`path.${part.parameter}`, decodeURIComponent(segments[at] ?? "")]] : [],
  );
  const prefixed = (prefix: string, values: Iterable<readonly [string, string]>) =>
    [...values].map(([name, value]) => [prefix + name, value]);
  const entries = [
    ...inPath,
    ...prefixed("query.", new URLSearchParams(search)),
    ...prefixed("header.", Object.entries(headers)),
    ...prefixed("form.", Object.entries(form)),
    ...(basic === undefined
      ? []
      : [
          ["user", basic.user],
          ["password", basic.password],
        ]),
    ...(json === undefined ? [] : [["body", JSON.stringify(json, null, 2)]]),
  ] as [string, string][];
  return Object.fromEntries(entries);
}

/** Lists the fields of a draft below a prefix, by the names without it. */
export function listFields(draft: Draft, prefix: string): [name: string, value: string][] {
  return Object.entries(draft).flatMap(([name, value]) =>
    name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value] as [string, string]] : [],
  );
}

/** A draft that makes no request, each fault a sentence. */
export class DraftError extends Error {
  override readonly name = "DraftError";
}

/**
 * Makes the request of a draft.
 * @param host the `Host` of the request, unless its call or the draft has another
 * @throws DraftError
 */
export function makeRequest(draft: Draft, call: Call, host: string): InnerRequest {
  const { method, template, path, mediaType } = call.operation;
  const inPath = Object.fromEntries(listFields(draft, "path."));
  const filled = template?.map((part) => ("text" in part ? part.text : encodeSegment(part.parameter, inPath[part.parameter])));
  const search = new URLSearchParams(listFields(draft, "query.")).toString();
  const form = listFields(draft, "form.");
  const body = draft.body ?? (form.length === 0 ? undefined : new URLSearchParams(form).toString());
  const basic = draft.user === undefined && draft.password === undefined ? undefined : encodeBasic(draft.user, draft.password);
  const type = body === undefined ? undefined : (mediaType ?? (form.length > 0 ? formType : "application/json"));
  const usual = {
    Host: call.host ?? host,
    Accept: "application/json",
    ...(type && { "Content-Type": type }),
    ...(basic && { Authorization: basic }),
  };
  const headers = mergeHeaders(Object.entries(usual), listFields(draft, "header."), parseHeaders(draft.headers ?? ""));
  return { method: method.toUpperCase(), path: `${filled?.join("/") ?? path}${search === "" ? "" : `?${search}`}`, headers, body };
}

function encodeSegment(name: string, value = ""): string {
  if (value === "" || /^\.{1,2}$/.test(value)) throw new DraftError(`The path needs a value for ${name}.`);
  return encodeURIComponent(value);
}

function encodeBasic(user = "", password = ""): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

function parseHeaders(text: string): [string, string][] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new DraftError(`A header has the form “Name: value”, unlike “${line}”.`);
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}

/** Later headers replace earlier ones of the same name. */
function mergeHeaders(...groups: (readonly (readonly [string, string])[])[]): Record<string, string> {
  const byName = new Map<string, readonly [string, string]>();
  for (const [name, value] of groups.flat()) {
    const key = name.toLowerCase();
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new DraftError(`“${name}” is no name of a header.`);
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new DraftError(`The header ${name} has characters that no header can have.`);
    if (framing.includes(key)) throw new DraftError(`The header ${name} belongs to the connection, which the playground makes.`);
    byName.set(key, [name, value]);
  }
  return Object.fromEntries(byName.values());
}
