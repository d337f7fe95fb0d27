/** Signs and verifies the tokens of the bare server. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { makeJti } from "../../../../src/engine/jti";
import { askedTokens, type ComparedEndpoint } from "./contender";

/** The claims of a token that was signed or verified. */
export interface TokenClaims {
  jti: string;
  iat: number;
  exp: number;
  client_id: string;
  scope: string;
}

type Algorithm = (typeof askedTokens)[ComparedEndpoint]["algorithm"];

const keys: Record<Algorithm, KeyObject> = {
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
};
const ownPublicKey = createPublicKey(keys.ES256);
const headers: Record<Algorithm, string> = {
  ES256: encodePart({ alg: "ES256", typ: "at+jwt", kid: "bench" }),
  RS256: encodePart({ alg: "RS256", typ: "at+jwt", kid: "bench" }),
};

function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Times and id of a token that is about to be made. */
export function startToken(endpoint: ComparedEndpoint): Pick<TokenClaims, "jti" | "iat" | "exp"> {
  const now = Date.now();
  const iat = Math.floor(now / 1000);
  return { jti: makeJti(now), iat, exp: iat + askedTokens[endpoint].lifetimeSeconds };
}

/** Signs as `src/keys/signer.ts` does: ES256 in the event loop, RSA in the thread pool. */
export function signToken(algorithm: Algorithm, claims: TokenClaims & Record<string, unknown>): string | Promise<string> {
  const input = `${headers[algorithm]}.${encodePart(claims)}`;
  const options = { key: keys[algorithm], dsaEncoding: "ieee-p1363" } as const;
  if (algorithm === "ES256") return `${input}.${sign("sha256", Buffer.from(input), options).toString("base64url")}`;
  return new Promise((resolve, reject) => {
    sign("sha256", Buffer.from(input), options, (error, signature) => {
      if (error === null) resolve(`${input}.${signature.toString("base64url")}`);
      else reject(error);
    });
  });
}

/** Verifies an ES256 token that has not expired, by default one of the server itself. @returns its claims */
export function verifyToken(token: string, key: KeyObject = ownPublicKey): { exp: number } | undefined {
  const end = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  if (!verify("sha256", Buffer.from(token.slice(0, end)), { key, dsaEncoding: "ieee-p1363" }, signature)) return undefined;
  const claims = JSON.parse(Buffer.from(token.slice(token.indexOf(".") + 1, end), "base64url").toString()) as { exp: number };
  return claims.exp * 1000 > Date.now() ? claims : undefined;
}
