import type { Credentials } from "./credentials";
import type { LocatedDecision } from "./decision";
import type { Schema } from "./document";
import type { GrantFields } from "./grants";
import type { Field, VendorRequest } from "./request";

/** A form has only texts (WHATWG URL §5): what a file calls a number there is a text of digits. */
export function fitForm({ mediaType, fields }: VendorRequest): void {
  if (mediaType?.includes("json") !== false) return;
  for (const { in: place, schema } of fields) if (place === "body") turnIntoText(schema);
}

const textPatterns: Readonly<Record<string, string>> = {
  integer: "^-?[0-9]{1,20}$",
  number: "^-?[0-9]{1,20}(?:[.][0-9]{1,20})?$",
  boolean: "^(?:true|false)$",
};

const limitsOfNumbers = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"] as const;

function turnIntoText(schema: Schema): void {
  const pattern = textPatterns[schema.type ?? ""];
  if (pattern === undefined) return;
  for (const limit of limitsOfNumbers) Reflect.deleteProperty(schema, limit);
  schema.type = "string";
  if (schema.enum === undefined) schema.pattern = pattern;
  else schema.enum = schema.enum.map(String);
  for (const name of ["default", "example"] as const) if (schema[name] !== undefined) schema[name] = JSON.stringify(schema[name]);
}

const limits = ["pattern", "minLength", "maxLength", "format"] as const;

/** Takes limits away from ids, secrets, codes and tokens: this server makes them, and its own do not keep a vendor's lengths. */
export function fitCredentials(credentials: Credentials, grants: GrantFields, decisions: LocatedDecision[]): void {
  const { clientId, clientSecret, key, assertion } = credentials;
  const { code, refreshToken, deviceCode, codeVerifier } = grants;
  const made = [clientId, clientSecret, key, assertion, code, refreshToken, deviceCode, codeVerifier];
  const fitted = made.filter((field): field is Field => field !== undefined && field !== "bearer" && dropLimits(field.schema));
  for (const { wire, in: place } of fitted) {
    const why = "this server makes it, and its own does not keep the vendor's limits";
    decisions.push({ what: `request's ${wire}`, value: `any text (${place})`, why, at: { file: "demo", text: wire } });
  }
}

function dropLimits(schema: Schema): boolean {
  const kept = limits.filter((limit) => schema[limit] !== undefined && !(limit === "minLength" && schema.minLength === 1));
  for (const limit of kept) Reflect.deleteProperty(schema, limit);
  return kept.length > 0;
}
