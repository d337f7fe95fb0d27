import { makeJti } from "./jti";
import type { Signer } from "./ports";
import type { Decision, DialectPolicy, Issued, SigningAlgorithm } from "./types";

/**
 * Phase three: make the token. The engine's own claims are laid on last, so neither a dialect nor a client's extra
 * claims can move them.
 */
export function makeMint(ports: { signer: Signer; issuer: string }) {
  return async function mint(decision: Decision, policy: DialectPolicy, algorithm: SigningAlgorithm, now: number): Promise<Issued> {
    const issuedAt = Math.floor(now / 1000);
    const expiresAt = issuedAt + (decision.client.lifetimeSeconds ?? policy.lifetimeSeconds);
    const jti = makeJti(now);
    const accessToken = await ports.signer.sign(algorithm, policy.typ, {
      ...decision.client.claims,
      ...policy.claims(decision, ports.issuer),
      iss: ports.issuer,
      iat: issuedAt,
      exp: expiresAt,
      jti,
    });
    return { ...decision, accessToken, jti, issuedAt, expiresAt };
  };
}

export type Mint = ReturnType<typeof makeMint>;
