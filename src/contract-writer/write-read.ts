import { toAccess, toObject, toSource, usesName } from "./code";
import type { ContractPlan } from "./plan";
import type { Field, VendorRequest } from "./request";

/** Writes `read.ts`. */
export function writeRead(plan: ContractPlan, kit: string): string {
  const credentials = writeCredentials(plan);
  const parameters = writeParameters(plan);
  const code = `${credentials} ${parameters}`;
  const used = ["headers", "query", "body", "certificate"].filter((name) => usesName(code, name));
  const grant = `readGrant(${parameters}, names, offered)`;
  const certificate = plan.credentials.certificate ? ", certificate" : "";
  const functions = ["readBearer", "readClientCredentials", "readGrant", "readHeader", "splitKey"].filter((name) =>
    `${code} ${grant}`.includes(`${name}(`),
  );
  const imports = [...functions, "type RequestOf", "type TokenRequest"];
  return `import type { operations } from "../../../generated/${plan.name}";
import { ${imports.join(", ")} } from ${JSON.stringify(kit)};

/** What the contract calls the parameters of a grant. */
const names = ${writeNames(plan)} as const;

/** The grant for each grant type. */
const offered = ${toSource(plan.grants.offered)} as const;

export function read({ ${used.join(", ")} }: RequestOf<operations["${plan.operationId}"]>): TokenRequest {
  return { credentials: ${credentials}, grant: ${grant}${certificate} };
}
`;
}

/** The object that holds the fields of the body. */
function writeBody(wrapper: VendorRequest["wrapper"]): string {
  return wrapper.reduce((outer, { name }) => toAccess(outer, name), "body");
}

/** Writes how the value of a field is read, as text or undefined. */
function writeField({ wire, in: place, schema }: Field, { wrapper }: VendorRequest): string {
  if (place === "header") return `readHeader(headers, ${JSON.stringify(wire.toLowerCase())})`;
  const access = toAccess(place === "query" ? "query" : writeBody(wrapper), wire);
  if (schema.type === "integer" || schema.type === "number") return `String(${access})`;
  return schema.nullable === true ? `${access} ?? undefined` : access;
}

function writeCredentials({ credentials, request }: ContractPlan): string {
  const { clientId, clientSecret, key, assertion, assertionType, certificate } = credentials;
  const own = certificate ? "certificate" : "certificate: undefined";
  const bodyOf = (form: string): string => `readClientCredentials({ headers, ${form === "body" ? "body" : `body: ${form}`}, ${own} })`;
  if (key !== undefined) return bodyOf(`splitKey(${key === "bearer" ? "readBearer(headers.authorization)" : writeField(key, request)})`);
  const parts = [
    { name: "client_id", field: clientSecret === undefined && assertion === undefined && !certificate ? undefined : clientId },
    { name: "client_secret", field: clientSecret },
    { name: "client_assertion", field: assertion },
    { name: "client_assertion_type", field: assertionType ?? assertion },
  ].flatMap(({ name, field }) => (field === undefined ? [] : [{ name, field }]));
  const isUsual = parts.every(
    ({ name, field }) => field.wire === name && field.in === "body" && field.schema.nullable !== true && field.schema.type === "string",
  );
  if (parts.length > 0 && isUsual && request.wrapper.length === 0) return bodyOf("body");
  return bodyOf(toObject(parts.map(({ name, field }) => ({ name, value: writeField(field, request) }))));
}

/** Writes where the parameters of the grant stand: the body, the query, or both. */
function writeParameters({ grants, request }: ContractPlan): string {
  const places = new Set(Object.values<Field>({ ...grants.fields }).map((field) => field.in));
  const body = writeBody(request.wrapper);
  if (places.size === 0) return "{}";
  if (places.size === 1) return places.has("body") ? body : "query";
  return `{ ...query, ...${body} }`;
}

function writeNames({ grants }: ContractPlan): string {
  const { fields, offered, scopeSeparator } = grants;
  const given = Object.values(offered);
  const needed: Record<string, boolean> = {
    code: given.includes("authorization_code"),
    redirectUri: given.includes("authorization_code"),
    codeVerifier: given.includes("authorization_code"),
    refreshToken: given.includes("refresh_token"),
    deviceCode: given.includes("device_code"),
  };
  const entries = Object.entries(fields).flatMap(([role, field]: [string, Field]) =>
    needed[role] === false ? [] : [{ name: role, value: JSON.stringify(field.wire) }],
  );
  const separator =
    fields.scope !== undefined && scopeSeparator !== " " ? [{ name: "scopeSeparator", value: JSON.stringify(scopeSeparator) }] : [];
  return toObject([...entries, ...separator]);
}
