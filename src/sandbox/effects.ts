import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { Clock } from "../engine/client";
import type { Signer } from "../engine/ports/keys";
import type { KeyRing } from "../keys/key-ring";
import type { Effects } from "./fault";

/**
 * What faults do to the tokens and the time of a request. The engine knows nothing of it: the signer, the keys that it signs with and
 * the clock look up the effects of the request that they work for. So an effect reaches a token in whatever form it is sent.
 */
export interface EffectScope {
  /** Does the work of a request under these effects. */
  run(effects: Effects, work: () => void): void;
  spoilClock(clock: Clock): Clock;
  /** The ledger keeps what the token would have said. */
  spoilSigner(signer: Signer): Signer;
  /** For a signer alone. */
  spoilKeys(keys: KeyRing): KeyRing;
}

/** Seconds for which a token with the effect `expired` has been so. More than any verifier's leeway for clocks is usually. */
const expiredFor = 60;

export function makeEffectScope(): EffectScope {
  const storage = new AsyncLocalStorage<Effects>();
  return {
    run: (effects, work) => storage.run(effects, work),
    spoilClock: (clock) => () => clock() + (storage.getStore()?.clockSeconds ?? 0) * 1000,
    spoilSigner: (signer) => ({
      async sign(algorithm, typ, claims) {
        const effects = storage.getStore();
        if (effects === undefined) return signer.sign(algorithm, typ, claims);
        const token = await signer.sign(algorithm, typ, spoilClaims(claims, effects));
        return effects.badSignature === true ? spoilSignature(token) : token;
      },
    }),
    spoilKeys: (keys) => ({
      ...keys,
      async getActiveKey(algorithm) {
        const key = await keys.getActiveKey(algorithm);
        return storage.getStore()?.wrongKid === true ? { ...key, kid: randomUUID() } : key;
      },
    }),
  };
}

/** Claims that were named come last: they may set any time, too. */
function spoilClaims(own: Readonly<Record<string, unknown>>, { claims = {}, expired }: Effects): Record<string, unknown> {
  const spoilt = Object.entries({ ...own, ...(expired === true && moveIntoPast(own)), ...claims });
  return Object.fromEntries(spoilt.filter(([, value]) => value !== null));
}

/** The token has lived as long as it would have. */
function moveIntoPast({ iat, exp }: Readonly<Record<string, unknown>>): Record<string, number> {
  const [issuedAt, expiresAt] = [Number(iat), Number(exp)];
  return { iat: issuedAt - expiredFor - (expiresAt - issuedAt), exp: issuedAt - expiredFor };
}

/** Changes a bit of the signature (RFC 7515 §7.1). */
function spoilSignature(compact: string): string {
  const start = compact.lastIndexOf(".") + 1;
  const bytes = Buffer.from(compact.slice(start), "base64url");
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
  return compact.slice(0, start) + bytes.toString("base64url");
}
