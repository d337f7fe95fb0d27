import type { Entry } from "./code";
import type { Member } from "./document";
import type { OfferedGrant } from "./grants";
import { reduceName } from "./words";

/** What a member of a success means to the engine. */
export type Role =
  | "accessToken"
  | "tokenType"
  | "expiresIn"
  | "expiresAt"
  | "issuedAt"
  | "scope"
  | "refreshToken"
  | "idToken"
  | "clientId"
  | "subject"
  | "tokenId"
  | "requestId";

/** What the choice of a role depends on beside the member. */
export interface RoleContext {
  offered: readonly OfferedGrant[];
  /** The values that the file shows for a member. */
  shownOf(member: Member): readonly unknown[];
}

/** In the order in which one member of several is taken for the role. */
const names: Readonly<Record<Role, readonly string[]>> = {
  accessToken: [
    "accesstoken",
    "token",
    "authtoken",
    "authenticationtoken",
    "bearertoken",
    "apitoken",
    "sessiontoken",
    "jwt",
    "jwttoken",
    "tokenvalue",
  ],
  tokenType: ["tokentype", "type", "authtype"],
  expiresIn: [
    "expiresin",
    "expiresinseconds",
    "expiresinsecs",
    "expirein",
    "ttl",
    "lifetime",
    "tokenlifetime",
    "validfor",
    "expirationinseconds",
  ],
  expiresAt: [
    ...["expiresat", "expireat", "expires", "expiry", "expirydate", "expirytime", "expiration", "expirationtime", "expirationdate"],
    ...["expireson", "validuntil", "validto", "exp", "expirestime", "expiretime", "tokenexpiry", "tokenexpiration"],
  ],
  issuedAt: ["issuedat", "createdat", "created", "iat", "issued", "issuedtime", "timestamp", "notbefore", "nbf", "validfrom", "issuetime"],
  scope: ["scope", "scopes"],
  refreshToken: ["refreshtoken"],
  idToken: ["idtoken", "identitytoken"],
  clientId: ["clientid", "appid", "applicationid"],
  subject: ["sub", "subject", "userid", "accountid", "ownerid"],
  tokenId: ["jti", "tokenid", "id"],
  requestId: ["requestid", "correlationid", "traceid", "transactionid", "xrequestid"],
};

/** Finds the role of a member by its name, if its type fits. */
export function findRole(member: Member, siblings: readonly Member[], context: RoleContext): Role | undefined {
  const reduced = reduceName(member.name);
  const [role] = Object.entries(names).find(([, known]) => known.includes(reduced)) ?? [];
  if (role === undefined) return isOwnToken(member) && !siblings.some(isKnownToken) ? "accessToken" : undefined;
  if (isBeaten(role as Role, reduced, siblings)) return undefined;
  if (role === "expiresAt" && isDuration(member, context)) return "expiresIn";
  if (reduced === "type" && ![...context.shownOf(member), ...(member.schema.enum ?? [])].some(isBearer)) return undefined;
  return role as Role;
}

function isKnownToken({ name }: Member): boolean {
  return names.accessToken.includes(reduceName(name));
}

/** A token with a word of the vendor's own before it, such as `user_token`. */
function isOwnToken({ name, schema }: Member): boolean {
  const reduced = reduceName(name);
  return reduced.endsWith("token") && !/refresh|csrf|xsrf|^next|page|device|^id/.test(reduced) && (schema.type ?? "string") === "string";
}

/** Whether another member of the object has a name that says more clearly what the role is. */
function isBeaten(role: Role, reduced: string, siblings: readonly Member[]): boolean {
  const rank = names[role].indexOf(reduced);
  return siblings.some(({ name }) => {
    const other = names[role].indexOf(reduceName(name));
    return other >= 0 && other < rank && role !== "expiresAt" && role !== "issuedAt";
  });
}

/** A small number called `expires` is a time from now. */
function isDuration(member: Member, context: RoleContext): boolean {
  if (member.schema.type !== "integer" && member.schema.type !== "number") return false;
  const shown = context.shownOf(member).map(Number);
  return shown.some((value) => value > 0 && value < 100_000_000) || /\bin seconds\b|seconds until/i.test(member.schema.description ?? "");
}

function isBearer(value: unknown): boolean {
  return typeof value === "string" && value.toLowerCase() === "bearer";
}

type Written = Pick<Entry, "value" | "when">;

/** Writes what the engine knows for a role, in the member's type; undefined if an optional member is better left out. */
export function writeRole(role: Role, member: Member, context: RoleContext): Written | undefined {
  const { schema, required } = member;
  const isText = schema.type === "string" || schema.type === undefined;
  const isFree = isText && schema.pattern === undefined && schema.format === undefined && schema.enum === undefined;
  switch (role) {
    case "accessToken":
      return isText ? { value: "issued.accessToken" } : undefined;
    case "tokenType":
      return { value: JSON.stringify(spellBearer(member, context)) };
    case "expiresIn":
      return { value: writeDuration(member) };
    case "expiresAt":
      return { value: writeTime("issued.expiresAt", member, context) };
    case "issuedAt":
      return { value: writeTime("issued.issuedAt", member, context) };
    case "scope":
      return writeScope(member, context);
    case "refreshToken":
      return isText ? writeOptional("issued.refreshToken", member, context.offered.includes("refresh_token")) : undefined;
    case "idToken":
      return isText ? writeOptional("issued.idToken", member, context.offered.some(involvesPerson)) : undefined;
    case "clientId":
      return isText && required ? { value: "issued.client.id" } : undefined;
    case "subject":
      return isFree && required ? { value: "issued.subject.id" } : undefined;
    case "tokenId":
      return isFree && required ? { value: "issued.jti" } : undefined;
    case "requestId":
      return isText && required ? { value: "exchange.correlationId" } : undefined;
  }
}

function involvesPerson(grant: OfferedGrant): boolean {
  return grant === "authorization_code" || grant === "device_code";
}

/** As the file spells it: `Bearer`, `bearer` or another member of its enumeration. */
function spellBearer({ schema, ...member }: Member, context: RoleContext): unknown {
  const listed = schema.enum ?? [];
  if (listed.length > 0) return listed.find(isBearer) ?? listed[0];
  return context.shownOf({ schema, ...member }).find(isBearer) ?? "Bearer";
}

function writeDuration({ name, schema }: Member): string {
  const isMilliseconds = /millisecond/i.test(schema.description ?? "") || /ms$|millis/i.test(name);
  const seconds = `issued.expiresAt - issued.issuedAt`;
  const value = isMilliseconds ? `(${seconds}) * 1000` : seconds;
  return schema.type === "string" ? `String(${value})` : value;
}

/** Epoch seconds, epoch milliseconds, or a date and time. */
function writeTime(seconds: string, member: Member, context: RoleContext): string {
  const { schema } = member;
  const shown = context.shownOf(member).map(Number);
  const isNumeric = shown.some((value) => Number.isFinite(value) && value > 0);
  const isMilliseconds = shown.some((value) => value > 100_000_000_000) || /millisecond/i.test(schema.description ?? "");
  const number = isMilliseconds ? `${seconds} * 1000` : seconds;
  if (schema.type !== "string" && schema.type !== undefined) return number;
  const isEpoch = isNumeric && schema.format === undefined;
  if (isEpoch) return `String(${number})`;
  const time = `new Date(${seconds} * 1000).toISOString()`;
  return schema.format === "date" ? `${time}.slice(0, 10)` : time;
}

function writeScope({ schema, required }: Member, context: RoleContext): Written | undefined {
  if (schema.type === "array") return { value: "[...issued.scope]" };
  if (schema.type !== "string" && schema.type !== undefined) return undefined;
  const separator = context.shownOf({ name: "scope", schema, required }).some((value) => /^[\w.:/-]+,/.test(String(value))) ? "," : " ";
  const value = `issued.scope.join(${JSON.stringify(separator)})`;
  return required ? { value } : { value, when: "issued.scope.length > 0" };
}

function writeOptional(value: string, { schema, required }: Member, mayBeThere: boolean): Written | undefined {
  if (!required) return mayBeThere ? { value, when: `${value} !== undefined` } : undefined;
  return { value: mayBeThere ? `${value} ?? ${schema.nullable === true ? "null" : '""'}` : schema.nullable === true ? "null" : '""' };
}
