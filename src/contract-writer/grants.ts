import { explainAdded, loosenOtherGrants } from "./client-grant";
import type { LocatedDecision } from "./decision";
import type { Credentials } from "./credentials";
import type { Schema } from "./document";
import type { Field, VendorRequest } from "./request";
import { findNamed, reduceName } from "./words";

/** The grants of the engine that any contract may offer. */
export type OfferedGrant = "client_credentials" | "authorization_code" | "refresh_token" | "device_code";

/** The grants of a contract, and the fields that their requests carry. */
export interface Grants {
  /** The engine's grant for each value of the contract's grant type. */
  offered: Record<string, OfferedGrant>;
  fields: GrantFields;
  /** Between two scopes. */
  scopeSeparator: string;
}

export interface GrantFields {
  grantType?: Field;
  scope?: Field;
  code?: Field;
  redirectUri?: Field;
  codeVerifier?: Field;
  refreshToken?: Field;
  deviceCode?: Field;
}

const names: Readonly<Record<keyof GrantFields, readonly string[]>> = {
  grantType: ["granttype", "grant", "oauthgranttype"],
  scope: ["scope", "scopes"],
  code: ["code", "authorizationcode", "authcode", "authorisationcode"],
  redirectUri: ["redirecturi", "redirecturl", "callbackuri", "callbackurl"],
  codeVerifier: ["codeverifier", "pkceverifier", "verifier", "pkcecodeverifier"],
  refreshToken: ["refreshtoken"],
  deviceCode: ["devicecode"],
};

/** Infers the grants from what the document says about the grant type, else from the fields. There is always one. */
export function inferGrants(request: VendorRequest, credentials: Credentials, decisions: LocatedDecision[]): Grants {
  const fields = findFields(request);
  const { words, why } = findWords(request, fields);
  const offered: Record<string, OfferedGrant> = {};
  const lacking: string[] = [];
  for (const word of words) {
    const grant = matchGrant(word, credentials);
    if (grant === undefined || !hasFields(grant, fields)) lacking.push(word);
    else if (!Object.values(offered).includes(grant)) offered[word] = grant;
  }
  const refresh = Object.entries(offered).find(([, grant]) => grant === "refresh_token");
  if (refresh !== undefined && !Object.values(offered).includes("authorization_code")) {
    Reflect.deleteProperty(offered, refresh[0]);
    lacking.push(refresh[0]);
  }
  // A device's code needs a person, so by itself it gives no token to try.
  const isServed = Object.values(offered).some((grant) => grant !== "device_code");
  const nearest = isServed ? undefined : lacking.find((word) => !isForbidden(word));
  if (!isServed) offered[nearest ?? "client_credentials"] = "client_credentials";
  const at = { file: "read", text: "offered" } as const;
  const value = Object.entries(offered).map(([word, grant]) => (word === grant ? word : `${word} (${grant})`));
  const reason = isServed ? why : nearest === undefined ? explainAdded(lacking) : `${why}; client_credentials is nearest`;
  decisions.push({ what: "grants", value: value.join(", "), why: reason, at });
  const left = lacking.filter((word) => word !== nearest);
  if (left.length > 0) {
    const lack = "the engine has no such grant, or the request has no field for its code or token";
    decisions.push({ what: "grants left out", value: left.join(", "), why: lack, at });
  }
  if (!isServed && nearest === undefined) fields.grantType?.schema.enum?.push("client_credentials");
  if (Object.values(offered).includes("client_credentials")) loosenOtherGrants(request, credentials, decisions);
  if (Object.values(offered).includes("authorization_code")) addProofFields(request, fields, decisions);
  return { offered, fields, scopeSeparator: findSeparator(fields.scope) };
}

function findFields({ fields: all, path }: VendorRequest): GrantFields {
  const candidates = all.filter((field) => field.in === "body" || field.in === "query");
  const found = Object.entries(names).flatMap(([role, known]) => {
    const field = findNamed(candidates, known);
    return field === undefined ? [] : [[role, field] as const];
  });
  const { code, ...fields }: GrantFields = Object.fromEntries(found);
  // Without a place where a code was sent to, the code at an address for devices is a device's.
  if (code !== undefined && fields.redirectUri === undefined && fields.deviceCode === undefined && /device/i.test(path))
    return { ...fields, deviceCode: code };
  return Object.fromEntries(found);
}

interface Words {
  words: readonly string[];
  why: string;
}

const inText =
  /\b(?:urn:ietf:params:oauth:grant-type:[a-z0-9_-]+|client_credentials|authorization_code|refresh_token|password|implicit|device_code)\b/g;

function findWords({ operation, flows = [] }: VendorRequest, fields: GrantFields): Words {
  const { grantType } = fields;
  const byField = [
    ...(fields.code === undefined ? [] : ["authorization_code"]),
    ...(fields.refreshToken === undefined ? [] : ["refresh_token"]),
    ...(fields.deviceCode === undefined ? [] : ["urn:ietf:params:oauth:grant-type:device_code"]),
  ];
  if (grantType === undefined) {
    if (byField.length > 0) return { words: byField, why: "the request has the fields of these grants, and no grant type" };
    return { words: ["client_credentials"], why: "the request has no grant type and no field of another grant" };
  }
  const listed = (grantType.schema.enum ?? []).filter((word) => typeof word === "string");
  if (listed.length > 0) return { words: listed, why: `${grantType.name} lists them` };
  const texts = [grantType.schema.description, grantType.schema.pattern, operation.summary, operation.description];
  const told = texts.flatMap((text) => text?.match(inText) ?? []);
  const shown = grantType.shown.filter((value) => typeof value === "string");
  const words = [...new Set([...shown, ...told])];
  if (typeof grantType.schema.default === "string" && words.length > 0)
    return { words, why: `${grantType.name} has them as default or in its text` };
  const why = `${grantType.name} is any text; the fields and examples of the file are those of these grants`;
  // Where each request must have a code, no other grant is meant.
  const byClient = fields.code?.required === true ? [] : ["client_credentials"];
  return { words: [...new Set([...byClient, ...words, ...flows.map(({ grant }) => grant), ...byField])], why };
}

/** The engine's grant that is nearest to a vendor's word for one. */
function matchGrant(word: string, { assertion, clientSecret, key }: Credentials): OfferedGrant | undefined {
  const reduced = reduceName(word);
  if (reduced.endsWith("devicecode")) return "device_code";
  if (reduced.endsWith("jwtbearer")) return assertion === undefined ? undefined : "client_credentials";
  if (reduced.startsWith("urnietf")) return undefined;
  if (reduced.includes("refresh")) return "refresh_token";
  if (reduced.includes("auth") && reduced.includes("code")) return "authorization_code";
  if (reduced === "code") return "authorization_code";
  if (/cred|clientsecret|apikey|machine|m2m|^client$|^key$/.test(reduced)) return "client_credentials";
  // The user name and password are all that such a request has, so they are the client's.
  const secret = clientSecret ?? key;
  if (reduced === "password" && secret !== "bearer" && reduceName(secret?.name ?? "") === "password") return "client_credentials";
  return undefined;
}

/** Whether a word means a grant that the engine does not have, and not a private spelling of one that it has (RFC 9700 §2.4). */
function isForbidden(word: string): boolean {
  return word.includes(":") || /password|refresh|implicit|code|saml|exchange|person|user|anonymous|party/i.test(word);
}

function hasFields(grant: OfferedGrant, { code, refreshToken, deviceCode }: GrantFields): boolean {
  const needed = { client_credentials: true, authorization_code: code, refresh_token: refreshToken, device_code: deviceCode };
  return needed[grant] !== undefined;
}

/** Adds what the engine demands with every code (RFC 7636 §4.5, RFC 6749 §4.1.3), and the file does not have. */
function addProofFields(request: VendorRequest, fields: GrantFields, decisions: LocatedDecision[]): void {
  const camel = request.fields.some(({ name }) => /^[a-z]+[A-Z]/.test(name));
  const missing = [
    ["redirectUri", camel ? "redirectUri" : "redirect_uri", "Where the code was sent to (RFC 6749 §4.1.3)."],
    ["codeVerifier", camel ? "codeVerifier" : "code_verifier", "The proof that belongs to the code (RFC 7636 §4.5)."],
  ] as const;
  for (const [role, name, description] of missing) {
    if (fields[role] !== undefined) continue;
    const schema: Schema & { "x-undocumented": true } = { "x-undocumented": true, type: "string", description };
    const field: Field = { name, wire: name, in: "body", schema, required: false, shown: [] };
    if (request.body === undefined) {
      field.in = "query";
      (request.operation.parameters ??= []).push({ name, in: "query", description, schema: { type: "string" } });
    } else (request.body.properties ??= {})[name] = schema;
    fields[role] = field;
    request.fields.push(field);
    const why = "the engine demands it with every code, and the file does not have it";
    decisions.push({ what: "added parameter", value: name, why, at: { file: "read", text: name } });
  }
}

function findSeparator(scope: Field | undefined): string {
  const shown = [scope?.schema.description, ...(scope?.shown ?? [])].filter((text) => typeof text === "string");
  return shown.some((text) => /comma|^[\w.:/-]+(?:,[\w.:/-]+)+$/i.test(text)) ? "," : " ";
}
