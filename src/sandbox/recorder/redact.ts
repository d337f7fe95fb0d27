import type { Spec } from "../../http/api";
import type { Redacted } from "./exchange";
import { hideBasic, makeTexts, most, type RedactedFacts, redactedText, type Texts } from "./texts";

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
  const headers = new Set([...names].map((name) => name.toLowerCase()));
  return (facts) => makeRedactor({ names, headers, segments }, facts);
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
  /** The same in lower case, as names of headers come. */
  headers: ReadonlySet<string>;
  segments: ReadonlySet<string>;
}

function makeRedactor(known: Known, facts: RedactedFacts): Redactor {
  const { hide, show, giveUp } = makeTexts(facts);

  function redact(value: unknown, isClear: boolean, list: Clear, depth: number): unknown {
    if (typeof value === "string") return isClear ? show(value) : hide(value);
    if (typeof value === "number") return isClear ? value : redactedText;
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value);
    if (members.length > most.members || depth > most.depth) return giveUp();
    return Array.isArray(value)
      ? value.map((each: unknown) => redact(each, isClear, list, depth + 1))
      : redactMembers(members, list, depth + 1);
  }

  /** Hides first, so that a secret that is repeated in a clear member is known there. */
  function redactMembers(members: readonly (readonly [string, unknown])[], list: Clear, depth: number): Redacted {
    const hiddenFirst = [...members].sort(([one], [other]) => Number(list.has(one)) - Number(list.has(other)));
    const values = new Map(hiddenFirst.map(([name, value]) => [name, redact(value, list.has(name), list, depth)]));
    const nameOf = makeNames(hide, (name) => list === clear.grantMembers || known.names.has(name));
    return Object.fromEntries(members.map(([name]) => [nameOf(name), values.get(name)]));
  }

  function redactQuery(query: string, list: Clear): Redacted {
    const members = [...groupMembers(new URLSearchParams(query))];
    return members.length > most.members ? { [giveUp()]: members.length } : redactMembers(members, list, 0);
  }

  function redactHeaders(headers: Readonly<Record<string, unknown>>, way: "request" | "answer"): Redacted {
    const nameOf = makeNames(hide, (name) => way === "answer" || known.headers.has(name) || plainHeader.test(name));
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [nameOf(name), redactHeader(name.toLowerCase(), String(value), way)]),
    );
  }

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
    return `${show(location.slice(0, at))}?${pairs.map(([name, value]) => `${name}=${String(value)}`).join("&")}`;
  }

  return {
    headers: redactHeaders,
    path: (path) => show(keepPlain(path, known)),
    query: (query) => redactQuery(query, clear.requestMembers),
    requestBody: (body) =>
      Buffer.isBuffer(body) ? `[${body.length} bytes that could not be read]` : redact(body, false, clear.requestMembers, 0),
    answerBody: (text, kind) => {
      const value = parseJson(text);
      if (value === undefined) return text === "" ? undefined : `[${Buffer.byteLength(text)} bytes that are no JSON]`;
      return kind === "grant" ? redact(value, false, clear.grantMembers, 0) : showAll(value, show);
    },
  };
}

/** Makes what names members: a name that may be a secret in the wrong place is replaced, and hidden in texts that repeat it. */
function makeNames(hide: Texts["hide"], isHarmless: (name: string) => boolean): (name: string) => string {
  let undeclared = 0;
  return (name) => {
    if (isHarmless(name)) return name;
    hide(name);
    return `[undeclared ${(undeclared += 1)}]`;
  };
}

function keepPlain(path: string, known: Known): string {
  const segments = path.split("/").map((segment) => (isPlain(segment, known) ? segment : redactedText));
  return segments.join("/");
}

/** A segment of a declared path, a version, or a word: a wrong URL must be recognizable. */
function isPlain(segment: string, { segments }: Known): boolean {
  return segments.has(segment) || /^(?:v\d{1,2}|[a-z]{0,16}(?:[-_.][a-z]{1,16})?)$/.test(segment);
}

/** Words with hyphens, as headers are named. */
const plainHeader = /^[a-z]{1,16}(?:-[a-z]{1,16}){0,4}$/;

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
