import type { Spec } from "../../http/api";
import { describeJwt } from "./describe-jwt";
import type { Redacted } from "./exchange";

/** Stands where a value was that may be secret. */
const redactedText = "[redacted]";

/** What may be kept of each kind of thing. Everything else is replaced: a list of secrets would lack the next one. */
const clear = {
  requestHeaders: new Set([
    ...[
      "accept",
      "accept-encoding",
      "accept-language",
      "cache-control",
      "connection",
      "content-encoding",
      "content-length",
      "content-type",
    ],
    ...["expect", "host", "origin", "prefer", "transfer-encoding", "user-agent", "access-control-request-method"],
    ...["access-control-request-headers"],
  ]),
  answerHeaders: new Set([
    ...["allow", "cache-control", "connection", "content-length", "content-type", "date", "keep-alive", "polymint-sandbox", "pragma"],
    ...["preference-applied", "retry-after", "strict-transport-security", "vary", "www-authenticate", "x-content-type-options"],
    ...["ratelimit", "ratelimit-policy", "access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers"],
  ]),
  requestMembers: new Set([
    ...["grant_type", "scope", "response_type", "response_mode", "client_assertion_type", "subject_token_type", "actor_token_type"],
    ...["requested_token_type", "token_type_hint", "code_challenge_method", "audience", "resource", "redirect_uri", "prompt", "type"],
  ]),
  grantMembers: new Set([
    ...["token_type", "scope", "expires_in", "expires_at", "expires_on", "interval", "issued_token_type", "verification_uri", "active"],
    ...["iss", "aud", "scp", "client_id", "status", "type"],
  ]),
  locationMembers: new Set(["error", "error_description", "iss", "response_type", "scope", "redirect_uri"]),
};
type Clear = ReadonlySet<string>;

const longestText = 500;
const mostMembers = 100;
/** Shorter values occur in texts by accident. */
const shortestSecret = 4;

/** What is known of an exchange beside its bytes. */
export interface RedactedFacts {
  /** An authenticated client, whose id is shown. */
  clientId: string | undefined;
  correlationId: string | undefined;
}

/** Redacts one exchange. Values that it has left out once, it also leaves out where they are repeated. */
export interface Redactor {
  headers(headers: Readonly<Record<string, unknown>>, way: "request" | "answer"): Redacted;
  path(path: string): string;
  /** @param query without the question mark */
  query(query: string): Redacted;
  requestBody(body: unknown): unknown;
  /** @param kind what a refusal says is a text of the contract, and what may be cached is no secret */
  answerBody(text: string, kind: "grant" | "refusal" | "public"): unknown;
}

/** Makes redactors for servers with these specs. Names of members that no spec declares may be secrets in the wrong place. */
export function makeRedactors(specs: readonly Spec[]): (facts: RedactedFacts) => Redactor {
  const names = new Set<string>();
  const segments = new Set<string>();
  for (const spec of specs) {
    for (const path of Object.keys(spec.paths)) for (const segment of path.split("/")) segments.add(segment);
    collectNames(spec, names);
  }
  return (facts) => makeRedactor({ names, segments }, facts);
}

function collectNames(node: unknown, names: Set<string>): void {
  if (typeof node !== "object" || node === null) return;
  const { properties, name } = node as { properties?: unknown; name?: unknown };
  if (typeof properties === "object" && properties !== null) for (const each of Object.keys(properties)) names.add(each);
  if (typeof name === "string") names.add(name);
  for (const child of Object.values(node)) collectNames(child, names);
}

interface Known {
  /** Of parameters and members. */
  names: ReadonlySet<string>;
  segments: ReadonlySet<string>;
}

interface Texts {
  /** Remembers a text, and says what stands in its place. */
  hide: (text: string) => string;
  /** Shows a text, except for what was hidden before and what has the shape of a secret. */
  show: (text: string) => string;
}

function makeTexts({ clientId, correlationId }: RedactedFacts): Texts {
  const hidden = new Set<string>();
  return {
    hide: (text) => {
      if (text === "" || text === clientId || text === correlationId) return text;
      if (text.length >= shortestSecret) hidden.add(text);
      return describeJwt(text) ?? redactedText;
    },
    show: (text) => {
      let shown = text.length > longestText ? `${text.slice(0, longestText)} […]` : text;
      for (const secret of hidden) shown = shown.replaceAll(secret, redactedText);
      return shown.replaceAll(/\bpm[a-z]_[\w-]{20,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, redactedText);
    },
  };
}

function makeRedactor(known: Known, facts: RedactedFacts): Redactor {
  const { hide, show } = makeTexts(facts);

  function redact(value: unknown, isClear: boolean, list: Clear): unknown {
    if (typeof value === "string") return isClear ? show(value) : hide(value);
    if (typeof value === "number") return isClear ? value : redactedText;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.slice(0, mostMembers).map((each: unknown) => redact(each, isClear, list));
    return redactMembers(Object.entries(value), list);
  }

  /** Hides first, so that a secret that is repeated in a clear member is known there. */
  function redactMembers(members: readonly (readonly [string, unknown])[], list: Clear): Redacted {
    const few = members.slice(0, mostMembers);
    const hiddenFirst = [...few].sort(([one], [other]) => Number(list.has(one)) - Number(list.has(other)));
    const values = new Map(hiddenFirst.map(([name, value]) => [name, redact(value, list.has(name), list)]));
    let unknown = 0;
    const nameOf = (name: string) => (list === clear.grantMembers || known.names.has(name) ? name : `[undeclared ${(unknown += 1)}]`);
    return Object.fromEntries(few.map(([name]) => [nameOf(name), values.get(name)]));
  }

  const redactQuery = (query: string, list: Clear): Redacted => redactMembers([...groupMembers(new URLSearchParams(query))], list);

  function redactHeader(name: string, text: string, way: "request" | "answer"): string {
    const list = way === "request" ? clear.requestHeaders : clear.answerHeaders;
    if (list.has(name)) return show(text);
    if (name === "location") return redactLocation(text);
    const scheme = /^(?:Basic|Bearer|DPoP) (?=.)/i.exec(text)?.[0];
    if (name !== "authorization" || scheme === undefined) return hide(text);
    hideBasic(text.slice(scheme.length), hide);
    return scheme + hide(text.slice(scheme.length));
  }

  function redactLocation(location: string): string {
    const at = location.indexOf("?");
    if (at < 0) return show(location);
    const pairs = Object.entries(redactQuery(location.slice(at + 1), clear.locationMembers));
    return `${location.slice(0, at)}?${pairs.map(([name, value]) => `${name}=${String(value)}`).join("&")}`;
  }

  return {
    headers: (headers, way) =>
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redactHeader(name.toLowerCase(), String(value), way)])),
    path: (path) =>
      show(
        path
          .split("/")
          .map((segment) => (isPlain(segment, known) ? segment : redactedText))
          .join("/"),
      ),
    query: (query) => redactQuery(query, clear.requestMembers),
    requestBody: (body) =>
      Buffer.isBuffer(body) ? `[${body.length} bytes that could not be read]` : redact(body, false, clear.requestMembers),
    answerBody: (text, kind) => {
      const value = parseJson(text);
      if (value === undefined) return text === "" ? undefined : `[${Buffer.byteLength(text)} bytes that are no JSON]`;
      return kind === "grant" ? redact(value, false, clear.grantMembers) : showAll(value, show);
    },
  };
}

/** A segment of a declared path, a version, or a word: a wrong URL must be recognizable. */
function isPlain(segment: string, { segments }: Known): boolean {
  return segments.has(segment) || /^(?:v\d{1,2}|[a-z]{0,16}(?:[-_.][a-z]{1,16})?)$/.test(segment);
}

function hideBasic(encoded: string, hide: (text: string) => string): void {
  for (const half of Buffer.from(encoded, "base64").toString("utf8").split(":")) hide(half);
}

function groupMembers(parameters: URLSearchParams): Map<string, unknown> {
  return new Map(
    [...parameters.keys()].map((name) => [name, parameters.getAll(name).length > 1 ? parameters.getAll(name) : parameters.get(name)]),
  );
}

function showAll(value: unknown, show: (text: string) => string): unknown {
  return JSON.parse(JSON.stringify(value), (_name, each: unknown) => (typeof each === "string" ? show(each) : each)) as unknown;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
