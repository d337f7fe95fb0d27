import type { Authenticated } from "../../engine/authenticate";
import { type Caller, mustStillWait } from "../../engine/caller";
import type { DeviceCodes } from "../../engine/ports/codes";
import type { AssertionStore } from "../../engine/ports/ledger";
import type { SecretDigest } from "../../engine/ports/clients";
import { Refusal } from "../../engine/refusal";
import { makeUserCode } from "../../engine/user-code";
import { makeSecret } from "../../secrets/secret";

/** Seconds for which both codes are valid. */
export const codeSeconds = 600;
/** Seconds between two polls, at first. */
export const intervalSeconds = 5;

export interface IssueCodesPorts {
  digest: SecretDigest;
  deviceCodes: DeviceCodes;
  assertions: AssertionStore;
}

/** The codes that a device gets (RFC 8628 §3.2). */
export interface DeviceCodePair {
  deviceCode: string;
  userCode: string;
}

/**
 * Makes and stores both codes, and spends the assertion last, so that after any other failure the client can use it again. If
 * the assertion was replayed, the codes are stored but never sent to a client.
 * @param now epoch milliseconds
 * @throws Refusal `invalid_client` for an assertion that was used before
 */
export function makeIssueCodes({ digest, deviceCodes, assertions }: IssueCodesPorts) {
  return async function issueCodes(
    { client, spends }: Authenticated,
    scope: readonly string[],
    caller: Caller,
    now: number,
  ): Promise<DeviceCodePair> {
    const deviceCode = makeSecret("device_code");
    const expiresAt = Math.floor(now / 1000) + codeSeconds;
    const device = { digest: digest(deviceCode), clientId: client.id, scope, intervalSeconds, expiresAt };
    let userCode = makeUserCode();
    while (!(await deviceCodes.create({ ...device, userCode }, now))) userCode = makeUserCode();
    if (spends === undefined) return { deviceCode, userCode };
    mustStillWait(caller);
    if (!(await assertions.spend(spends))) throw new Refusal("invalid_client", `client ${client.id} used an assertion a second time`);
    return { deviceCode, userCode };
  };
}
