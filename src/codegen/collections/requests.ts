import type { GrantTemplate, RequestTemplate, Template } from "../../client/plan";
import type { ClientPlan } from "../clients/plan";
import { describeVariable, variables } from "../clients/variables";

/**
 * A request of a collection, for any program. Values have variables as both programs write them: `{{client_id}}`. A parameter or field
 * whose name begins with `~` is switched off until a person wants it.
 */
export interface CollectionRequest {
  folder: string;
  name: string;
  about: string;
  method: string;
  url: string;
  query: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  /** HTTP Basic with the client's id and secret. */
  basic: boolean;
  body?: { media: "json" | "form"; value: unknown };
  /** The claims of an assertion that is signed before the request is sent. */
  claims?: Readonly<Record<string, string>>;
  /** What of the answer is kept: the name of a variable, and a JSON pointer. */
  keep: Readonly<Record<string, string>>;
}

/** The requests of one contract, or of all services. */
export interface Collection {
  name: string;
  about: string;
  requests: readonly CollectionRequest[];
  /** The client of `serve --demo`, which environments begin with. */
  demoClient?: string;
}

/** What requests for tokens are grouped by, and so what can be run as a whole. */
export const folders = { tokens: "tokens", once: "once", after: "after" } as const;

/** Makes the requests of a contract: one for each grant, with the login before it, and what can be done with a token. */
export function listContractRequests(plan: ClientPlan): CollectionRequest[] {
  const grants = Object.entries(plan.requests).flatMap(([grant, request]) => makeGrantRequests(plan, grant, request));
  const [standing] = Object.values(plan.requests);
  return [...grants, ...(standing === undefined ? [] : makeLaterRequests(standing))];
}

function makeGrantRequests(plan: ClientPlan, grant: string, request: GrantTemplate): CollectionRequest[] {
  const folder = request.given.length === 0 ? folders.tokens : folders.once;
  const title = grant.replaceAll("_", " ");
  const { first } = request;
  const login = first && {
    ...convert(first, "json"),
    ...{ folder, name: `${title}, the login before it`, about: "Its answer is kept for the next request.", method: "POST" },
    ...{ url: makeUrl(first.path), keep: { [nameOf("loginToken")]: first.take } },
  };
  const needs = request.given.map((name) => `\`${nameOf(name)}\``).join(", ");
  const kept = { access_token: plan.answer.token, ...(plan.answer.refreshToken && { refresh_token: plan.answer.refreshToken }) };
  return [
    ...(login ? [login] : []),
    {
      ...convert(request, plan.media),
      ...{ folder, name: title, method: plan.method, url: makeUrl(plan.prefix + plan.path), keep: kept },
      about: `A token by the grant ${grant}; it is kept in \`access_token\`.${needs === "" ? "" : ` Works once, with ${needs}.`}`,
      ...makeClaims(request),
    },
  ];
}

function makeClaims(request: GrantTemplate): { claims?: Record<string, string> } {
  if (!request.needs.includes("assertion")) return {};
  const claims = request.assertion ?? { iss: "{clientId}", sub: "{clientId}", aud: "{audience}" };
  return { claims: Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, String(convertText(value))])) };
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Introspection and revocation, with the credentials that the contract's clients have; there is none for an API key. */
function makeLaterRequests(request: GrantTemplate): CollectionRequest[] {
  const uses = (name: string): boolean => request.needs.includes(name);
  const signs = uses("assertion") && request.assertion === undefined;
  if (request.basic !== true && !signs && !uses("clientSecret")) return [];
  const own = signs
    ? { client_assertion_type: assertionType, client_assertion: "{{assertion}}" }
    : request.basic === true
      ? {}
      : { client_id: "{{client_id}}", client_secret: "{{client_secret}}" };
  const make = (name: string, path: string, about: string): CollectionRequest => ({
    ...{ folder: folders.after, name, about, method: "POST", url: `{{base_url}}${path}`, query: {}, headers: {}, keep: {} },
    ...{ basic: request.basic === true, body: { media: "form", value: { token: "{{access_token}}", ...own } } },
    ...(signs ? makeClaims(request) : {}),
  });
  return [
    make("introspect", "/oauth2/introspect", "What the kept token is (RFC 7662). The client must be registered for introspection."),
    make("revoke", "/oauth2/revoke", "Ends the kept token (RFC 7009)."),
  ];
}

function convert({ basic, query = {}, headers = {}, body }: RequestTemplate, media: "json" | "form") {
  const toTexts = (template: Readonly<Record<string, Template>>) => convertTemplate(template, "form") as Record<string, string>;
  return {
    query: toTexts(query),
    headers: toTexts(headers),
    basic: basic === true,
    ...(body === undefined ? {} : { body: { media, value: convertTemplate(body, media) } }),
  };
}

/** An optional variable would be sent empty. So its member is switched off, and in JSON, which cannot do that, left out. */
function convertTemplate(template: Template, media: "json" | "form"): unknown {
  if (Array.isArray(template)) return template.map((each: Template) => convertTemplate(each, media));
  if (typeof template !== "object" || template === null) return typeof template === "string" ? convertText(template) : template;
  const members = Object.entries(template as Record<string, Template>).flatMap(([name, each]): [string, unknown][] => {
    const isOptional = typeof each === "string" && each.endsWith("?}");
    if (isOptional && media === "json") return [];
    return [[isOptional ? `~${name}` : name, convertTemplate(each, media)]];
  });
  return Object.fromEntries(members);
}

/** `{scope[]}` is a list of one. */
function convertText(text: string): string | string[] {
  const converted = text.replaceAll(/\{(\w+)(?:\[\])?\??\}/g, (_found, name: string) => `{{${nameOf(name)}}}`);
  return text.includes("[]") ? [converted] : converted;
}

function nameOf(variable: string): string {
  return describeVariable(variable).name;
}

function makeUrl(path: string): string {
  return `{{base_url}}${String(convertText(path))}`;
}

/** The address of a request with the parameters that are not switched off. */
export function formatUrl({ url, query }: CollectionRequest): string {
  const search = Object.entries(query).filter(([name]) => !name.startsWith("~"));
  return search.length === 0 ? url : `${url}?${search.map(([name, value]) => `${name}=${value}`).join("&")}`;
}

/** A variable of an environment. */
export interface CollectionVariable {
  name: string;
  about: string;
  value: string;
  isSecret: boolean;
}

const usual: Readonly<Record<string, string>> = {
  base_url: "http://localhost:3000",
  audience: "http://localhost:3000",
  identity_type: "CORPORATE",
};
const secrets = ["client_secret", "api_key", "password", "private_key", "access_token", "refresh_token"];
const more: Readonly<Record<string, string>> = {
  base_url: "Where the server is.",
  audience: "Who an assertion is for: the issuer of the server.",
  private_key: "Private key of the client.",
  access_token: "Filled in by the requests: the last token.",
};

/** Lists the variables that a person must fill in, and those that requests keep. */
export function listCollectionVariables({ requests, demoClient = "" }: Collection): CollectionVariable[] {
  const used = new Set([...JSON.stringify(requests).matchAll(/\{\{(\w+)\}\}/g)].map(([, name = ""]) => name));
  if (requests.some(({ basic }) => basic)) for (const name of ["client_id", "client_secret"]) used.add(name);
  if (requests.some(({ claims }) => claims !== undefined)) used.add("private_key");
  const made = Object.values(variables).flatMap(({ made: isMade, name }) => (isMade === true ? [name] : []));
  return [...used]
    .filter((name) => !made.includes(name))
    .map((name) => ({
      name,
      about: more[name] ?? (Object.values(variables).find((each) => each.name === name) ?? describeVariable(name)).about,
      value: name === "client_id" ? demoClient : (usual[name] ?? ""),
      isSecret: secrets.includes(name),
    }));
}
