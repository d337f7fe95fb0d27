import { constants, sign as signNow } from "node:crypto";
import { sign as signJwt } from "jsonwebtoken";
import type { Signer } from "../engine/ports/keys";
import type { SigningAlgorithm } from "../engine/client";
import type { KeyRing } from "./key-ring";
import type { OpenedKey } from "./signing-key";
import { makePoolSigner } from "./pool-signatures";

type AsymmetricAlgorithm = Exclude<SigningAlgorithm, "HS256">;

const signatureOptions = {
  ES256: { dsaEncoding: "ieee-p1363" },
  RS256: { padding: constants.RSA_PKCS1_PADDING },
  PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
} as const satisfies Record<AsymmetricAlgorithm, object>;

/**
 * Signs access tokens. jsonwebtoken builds HS256 tokens and verifies all kinds. For the asymmetric algorithms the compact
 * form (RFC 7515 §7.1) is built here and signed with node:crypto: RSA in the thread pool, ES256 in the event loop, because
 * it costs less than handing it to the pool. Measured: docs/decisions.md.
 */
export function makeSigner(keys: KeyRing): Signer {
  const headers = new WeakMap<OpenedKey, Map<string, string>>();
  const signInPool = makePoolSigner();

  function encodedHeader(key: OpenedKey, typ: string): string {
    const ofKey = headers.get(key) ?? new Map<string, string>();
    headers.set(key, ofKey);
    const header = ofKey.get(typ) ?? encodeJson({ alg: key.algorithm, typ, kid: key.kid });
    ofKey.set(typ, header);
    return header;
  }

  return {
    async sign(algorithm, typ, claims) {
      const key = await keys.getActiveKey(algorithm);
      if (algorithm === "HS256") {
        // Without the option `noTimestamp`, which would remove the `iat` of the claims.
        return signJwt(claims, key.signWith, { algorithm, header: { alg: algorithm, typ, kid: key.kid } });
      }
      const input = `${encodedHeader(key, typ)}.${encodeJson(claims)}`;
      const bytes = Buffer.from(input);
      const keyOptions = { key: key.signWith, ...signatureOptions[algorithm] };
      const signature =
        algorithm === "ES256" ? signNow("sha256", bytes, keyOptions).toString("base64url") : await signInPool(bytes, keyOptions);
      return `${input}.${signature}`;
    },
  };
}

function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
