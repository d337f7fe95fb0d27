import type { GrantType } from "../grant-request";
import { authTokenGrant } from "./auth-token";
import { authorizationCodeGrant } from "./authorization-code";
import { clientCredentialsGrant } from "./client-credentials";
import { delegatedAssertionGrant } from "./delegated-assertion";
import { deviceCodeGrant } from "./device-code";
import type { Grant } from "./grant";
import { oneTimeTokenGrant } from "./one-time-token";
import { refreshTokenGrant } from "./refresh-token";
// The package's declarations keep only the imports whose types they name. This one declares a request, and has no type to name.
import "./client-credentials";

/** Every grant there is. A new one is a file beside this one and a line here. */
export const grants = {
  client_credentials: clientCredentialsGrant,
  authorization_code: authorizationCodeGrant,
  refresh_token: refreshTokenGrant,
  device_code: deviceCodeGrant,
  auth_token: authTokenGrant,
  delegated_assertion: delegatedAssertionGrant,
  one_time_token: oneTimeTokenGrant,
} satisfies { [Type in GrantType]: Grant<Type, never> };

/** The type that has every member of every type of a union: what several users of ports need, taken together. */
export type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void ? All : never;

/** The ports of all grants together. */
export type GrantPorts = Intersection<Parameters<(typeof grants)[GrantType]["make"]>[0]>;

export const grantTypes = Object.keys(grants) as GrantType[];

/** Finds the facts of a grant that registration and introspection need. */
export function findTraits(type: GrantType): Omit<Grant<GrantType, never>, "make"> {
  return grants[type];
}

/**
 * Tells whether the subject of a token of this grant is a person. Nothing else can tell: a client's own token may have a
 * subject that looks like a person's id.
 * @param type the grant in the ledger; a later release may have written one that this release does not know
 */
export function involvesPerson(type: string): boolean {
  return hasTrait(type, "involvesPerson");
}

/** Tells in the same way whether the subject of a token of this grant is an identity of a programme. */
export function involvesIdentity(type: string): boolean {
  return hasTrait(type, "involvesIdentity");
}

/** Tells in the same way whether the actor of a token of this grant is a user. The id of a delegated client may look like a user's. */
export function involvesUser(type: string): boolean {
  return hasTrait(type, "involvesUser");
}

/** Tells in the same way whether the actor of a token of this grant is a delegated API client. */
export function involvesDelegate(type: string): boolean {
  return hasTrait(type, "involvesDelegate");
}

function hasTrait(type: string, trait: "involvesPerson" | "involvesIdentity" | "involvesUser" | "involvesDelegate"): boolean {
  return grantTypes.some((known) => known === type && findTraits(known)[trait] === true);
}
