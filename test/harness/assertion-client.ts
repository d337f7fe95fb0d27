/** Clients that authenticate by private_key_jwt. */
import { sign } from "jsonwebtoken";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import type { Registration } from "../../src/registration/registration";
import type { TestPolymint } from "../../src/testkit";

export const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** A registered client with a key of its own. */
export interface AssertionClient {
  id: string;
  /** Signs a fresh client assertion (RFC 7523). @param claims replace the usual ones; undefined leaves one out */
  assertion(audience: string, claims?: Record<string, unknown>): string;
  /** The form parameters with such an assertion. */
  proof(audience?: string): { client_assertion_type: string; client_assertion: string };
}

/** Registers a client that authenticates by private_key_jwt with ES256. */
export async function registerAssertionClient(polymint: TestPolymint, registration: Registration): Promise<AssertionClient> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwks = [{ ...publicKey.export({ format: "jwk" }), kid: "own", use: "sig", alg: "ES256" }];
  const { client } = await polymint.register({ authMethods: ["private_key_jwt"], ...registration, jwks });
  const assertion = (aud: string, claims: Record<string, unknown> = {}) => {
    const iat = Math.floor(polymint.clock() / 1000);
    const usual = { iss: client.id, sub: client.id, aud, iat, exp: iat + 60, jti: randomUUID() };
    const all: Record<string, unknown> = { ...usual, ...claims };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return sign(given, privateKey, { algorithm: "ES256", keyid: "own", noTimestamp: !("iat" in given) });
  };
  return {
    id: client.id,
    assertion,
    proof: (audience = polymint.issuer) => ({ client_assertion_type: jwtBearer, client_assertion: assertion(audience) }),
  };
}
