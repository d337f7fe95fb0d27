import { toHeaderValue, toObject, toSource, usesName } from "./code";
import type { LocatedDecision } from "./decision";
import type { ContractPlan } from "./plan";
import type { Field } from "./request";
import { findValue } from "./values";

/** A pair of RFC 7636, Appendix B. An application makes a new one for each request. */
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const redirectUri = "https://app.example.com/callback";
export const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Writes `demo.ts`: a client, and a request that is granted. Says in decisions which values are made up. */
export function writeDemo(plan: ContractPlan, kit: string): string {
  const { name, request, grants } = plan;
  const offered = Object.entries(grants.offered);
  const [word = "", grant] = offered.find(([, each]) => each === "client_credentials") ?? offered[0] ?? [];
  const scopes = chooseScopes(plan);
  const values = makeValues(plan, { word, grant, scopes });
  const placed = request.fields.flatMap((field) => {
    const value = values.get(field) ?? makeUp(plan, field);
    return value === undefined ? [] : [{ field, value }];
  });
  const at = (place: Field["in"]) =>
    placed.filter(({ field }) => field.in === place).map(({ field, value }) => ({ name: field.wire, value }));
  const key = plan.credentials.key;
  const schemeHeaders = listSchemeHeaders(plan, values);
  const headers = [
    ...at("header"),
    ...schemeHeaders,
    ...(key === "bearer" ? [{ name: "Authorization", value: "`Bearer ${clientId}:${secret}`" }] : []),
  ];
  const body = request.wrapper.reduceRight(
    (inner, { name: outer, beside }) => toObject([...toEntries(beside), { name: outer, value: inner }]),
    toObject(at("body")),
  );
  const entries = [
    { name: "path", value: writePath(request.path, at("path"), at("query")) },
    ...(request.method === "post" ? [] : [{ name: "method", value: JSON.stringify(request.method.toUpperCase()) }]),
    ...(headers.length > 0 ? [{ name: "headers", value: toObject(headers) }] : []),
    ...(plan.credentials.methods[0] === "client_secret_basic" ? [{ name: "basic", value: "{ user: clientId, password: secret }" }] : []),
    ...(request.mediaType === undefined ? [] : [{ name: request.mediaType.includes("json") ? "json" : "form", value: body }]),
  ];
  const written = toObject(entries);
  const facts = ["clientId", "secret", "issuer", "assertion", "code"].filter(
    (fact) => usesName(written.replaceAll("`", " "), fact) || written.includes(`\${${fact}}`),
  );
  const client = [
    { name: "id", value: JSON.stringify(`demo-${name}`) },
    { name: "name", value: JSON.stringify(`Demo client of the ${name} contract`) },
    { name: "scopes", value: JSON.stringify(scopes) },
    ...(grant === "authorization_code" ? [{ name: "redirectUris", value: "[redirectUri]" }] : []),
  ];
  return `import type { Demo } from ${JSON.stringify(kit)};
${grant === "authorization_code" ? `\n/** No server listens there. */\nconst redirectUri = ${JSON.stringify(redirectUri)};\n/** Of RFC 7636, Appendix B. An application makes a new one for each request. */\nconst codeVerifier = ${JSON.stringify(verifier)};\n` : ""}
export const demo: Demo = {
  client: ${toObject(client)},
  request: (${facts.length === 0 ? "" : `{ ${facts.join(", ")} }`}) => (${written}),
};
`;
}

function toEntries(values: Readonly<Record<string, unknown>>): { name: string; value: string }[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: toSource(value) }));
}

interface DemoChoice {
  word: string;
  grant: string | undefined;
  scopes: readonly string[];
}

/** The values of the fields that the engine reads, as source. */
function makeValues({ credentials, grants }: ContractPlan, { word, grant, scopes }: DemoChoice): Map<Field, string> {
  const values = new Map<Field, string>();
  const set = (field: Field | undefined, value: string): unknown => field !== undefined && values.set(field, value);
  const { fields, scopeSeparator } = grants;
  const usesBasic = credentials.methods[0] === "client_secret_basic";
  const usesAssertion = credentials.methods[0] === "private_key_jwt";
  if (!usesBasic || credentials.clientId?.required === true) set(credentials.clientId, "clientId");
  if (!usesBasic && !usesAssertion) set(credentials.clientSecret, "secret");
  if (credentials.key !== "bearer" && !usesBasic) set(credentials.key, "`${clientId}:${secret}`");
  if (usesAssertion) {
    set(credentials.assertion, "assertion(issuer)");
    set(credentials.assertionType, JSON.stringify(credentials.assertionType?.schema.enum?.[0] ?? assertionType));
  }
  set(fields.grantType, JSON.stringify(word));
  const isList = fields.scope?.schema.type === "array";
  if (grant === "client_credentials" || fields.scope?.required === true)
    set(fields.scope, isList ? JSON.stringify(scopes) : JSON.stringify(scopes.join(scopeSeparator)));
  if (grant === "authorization_code") {
    set(fields.code, `code({ redirectUri, scope: ${JSON.stringify(scopes.join(" "))}, codeVerifier })`);
    set(fields.redirectUri, "redirectUri");
    set(fields.codeVerifier, "codeVerifier");
  }
  return values;
}

function makeUp(plan: ContractPlan, field: Field): string | undefined {
  const value = inventValue(plan, field);
  if (value === undefined) return undefined;
  plan.decisions.push(explainValue(field, value));
  return toSource(value);
}

/** Finds a value for a field that must be there and that the engine does not read; undefined for any other field. */
export function inventValue(plan: ContractPlan, field: Field): unknown {
  const isRead = Object.values(plan.grants.fields).includes(field);
  if (!field.required || (isRead && field.schema.default !== undefined)) return undefined;
  const shown = field.shown.find((value) => typeof value === "string" || typeof value === "number");
  const found = findValue(plan.request.document, field.schema);
  const usual = field === plan.grants.fields.redirectUri ? redirectUri : found.value;
  const chosen = found.from === "type" ? (shown ?? usual) : found.value;
  const value = field.in === "header" ? toHeaderValue(chosen) : chosen;
  const isText = field.in !== "body" || plan.request.mediaType?.includes("json") !== true;
  return isText && (typeof value === "number" || typeof value === "boolean") ? String(value) : value;
}

function explainValue({ wire }: Field, value: unknown): LocatedDecision {
  const why = "the request must have it, and the engine does not use it";
  return { what: `demo's ${wire}`, value: JSON.stringify(value), why, at: { file: "demo", text: wire } };
}

/** Keys in headers or the query that only a security scheme declares. */
function listSchemeHeaders({ request, credentials }: ContractPlan, values: ReadonlyMap<Field, string>): { name: string; value: string }[] {
  const all = [credentials.clientId, credentials.clientSecret, credentials.key].filter(
    (field) => field !== undefined && field !== "bearer",
  );
  return all.flatMap((field) => {
    const value = values.get(field);
    return request.fields.includes(field) || field.in !== "header" || value === undefined ? [] : [{ name: field.wire, value }];
  });
}

function writePath(
  path: string,
  parameters: readonly { name: string; value: string }[],
  query: readonly { name: string; value: string }[],
): string {
  let filled = path;
  for (const { name, value } of parameters) {
    const text = JSON.parse(value) as string;
    filled = filled.replace(`{${name}}`, encodeURIComponent(text));
  }
  if (query.length === 0) return JSON.stringify(filled);
  const parts = query.map(({ name, value }) => `${encodeURIComponent(name)}=\${encodeURIComponent(${value})}`);
  return `\`${filled}?${parts.join("&")}\``;
}

const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;

/** Scopes that the file names, at most two; else made-up ones. */
function chooseScopes({ request, grants, policy }: ContractPlan): string[] {
  const { scope } = grants.fields;
  const listed = scope?.schema.enum ?? scope?.schema.items?.enum ?? [];
  const shown = (scope?.shown ?? []).flatMap((value) =>
    Array.isArray(value) ? (value as unknown[]) : String(value).split(grants.scopeSeparator),
  );
  const named = [...listed, ...shown, ...(request.flows ?? []).flatMap(({ scopes }) => scopes)];
  const usable = [...new Set(named.map(String).map((text) => text.trim()))].filter((text) => scopeToken.test(text) && text !== scope?.wire);
  const chosen = usable.length > 0 ? usable.slice(0, 2) : ["read", "write"];
  const offersCodeOnly = !Object.values(grants.offered).includes("client_credentials");
  return offersCodeOnly && policy.refreshScope !== undefined ? [...new Set([...chosen, policy.refreshScope])] : chosen;
}
