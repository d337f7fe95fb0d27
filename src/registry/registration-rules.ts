import { createPublicKey, type JsonWebKey } from "node:crypto";
import type { AuthMethod, DialectPolicy, GrantType } from "../engine/types";
import type { Registration } from "./register";

/** A registration with nothing left out. */
export interface RegistrationFacts extends Registration {
  id: string;
  name: string;
  grants: readonly GrantType[];
  authMethods: readonly AuthMethod[];
}

export interface RegistrationRules {
  dialects: ReadonlyMap<string, DialectPolicy>;
  longestTokenSeconds: number;
}

/** Characters of a client's name. */
export const longestName = 200;

/** Claims the server makes itself; a client's extra claims may not stand in for them (RFC 9068 §2.2, RFC 7519 §4.1). */
const ownClaims = new Set([
  "iss",
  "sub",
  "aud",
  "exp",
  "nbf",
  "iat",
  "jti",
  "client_id",
  "scope",
  "scp",
  "cnf",
  "act",
  "status",
  "credentials",
]);

/** @returns a sentence for everything that is wrong, each with what to do */
export function faultsOfRegistration(facts: RegistrationFacts, rules: RegistrationRules): string[] {
  const policies = facts.dialects.flatMap((name) => rules.dialects.get(name) ?? []);
  const offered = { methods: policies.flatMap(({ authMethods }) => authMethods), grants: policies.flatMap(({ grants }) => grants) };
  return [
    ...facts.dialects
      .filter((name) => !rules.dialects.has(name))
      .map((name) => `there is no dialect ${name}; there are ${[...rules.dialects.keys()].join(", ")}`),
    ...(facts.dialects.length + (facts.services ?? []).length > 0 ? [] : ["a client needs a dialect or a service"]),
    ...(/^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,254}$/.test(facts.id)
      ? []
      : ["an id has 1 to 255 of the characters A-Z a-z 0-9 _ . : / - and does not start with a sign"]),
    ...(/^[^\p{Cc}]{1,200}$/u.test(facts.name) ? [] : ["a name has 1 to 200 characters, none of them control characters"]),
    ...(facts.scopes ?? [])
      .filter((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope))
      .map(() => 'a scope has 1 to 100 printable ASCII characters without space, " and \\ (RFC 6749 §3.3)'),
    ...facts.grants.filter((grant) => !offered.grants.includes(grant)).map((grant) => `none of its dialects offers the grant ${grant}`),
    ...(facts.dialects.length === 0
      ? []
      : facts.authMethods.filter((method) => !offered.methods.includes(method)).map((method) => `none of its dialects offers ${method}`)),
    ...(facts.authMethods.includes("api_key") && facts.authMethods.length > 1
      ? ["a programme proves itself with its API key and nothing else"]
      : []),
    ...lifetimeFaults(facts, rules),
    ...Object.keys(facts.claims ?? {})
      .filter((name) => ownClaims.has(name))
      .map((name) => `the claim ${name} is the server's own`),
    ...keyFaults(facts),
  ];
}

function lifetimeFaults({ lifetimeSeconds }: RegistrationFacts, { longestTokenSeconds }: RegistrationRules): string[] {
  if (lifetimeSeconds === undefined) return [];
  const fits = Number.isSafeInteger(lifetimeSeconds) && lifetimeSeconds >= 1 && lifetimeSeconds <= longestTokenSeconds;
  return fits ? [] : [`a lifetime has 1 to ${longestTokenSeconds} seconds`];
}

function keyFaults({ authMethods, jwks, jwksUri }: RegistrationFacts): string[] {
  const faults: string[] = [];
  const needed = authMethods.includes("private_key_jwt");
  if (needed && jwks === undefined && jwksUri === undefined)
    faults.push("private_key_jwt needs the client's public keys: give a JWKS file or URL");
  if (!needed && (jwks !== undefined || jwksUri !== undefined)) faults.push("keys are of use only with private_key_jwt");
  if (jwksUri !== undefined && !isFetchable(jwksUri)) faults.push("a jwks_uri must be https (http only for localhost)");
  return [...faults, ...(jwks ?? []).flatMap(faultsOfKey), ...(jwks?.length === 0 ? ["the JWKS holds no key"] : [])];
}

function faultsOfKey(jwk: JsonWebKey): string[] {
  if (jwk.d !== undefined || jwk.k !== undefined) return ["the JWKS holds a private or secret key; give public keys only"];
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey({ key: jwk, format: "jwk" });
    if (type === "rsa" && (details?.modulusLength ?? 0) >= 2048) return [];
    if (type === "ec" && details?.namedCurve === "prime256v1") return [];
  } catch {
    return ["the JWKS holds something that is no key"];
  }
  return ["keys must be RSA of at least 2048 bits, or EC on P-256"];
}

function isFetchable(uri: string): boolean {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname));
}
