import type { Client } from "../client";
import { makeJti } from "../jti";
import type { ContractPolicy } from "../policy";
import type { SecretDigest } from "../ports/clients";
import type { DeviceCodes, DevicePoll } from "../ports/codes";
import type { People } from "../ports/people";
import type { TokenFamily } from "../redemption";
import { Refusal } from "../refusal";
import { keepRegistered } from "../scope";
import type { Grant } from "./grant";

declare module "../grant-request" {
  interface GrantRequests {
    device_code: { deviceCode: string };
  }
}

export interface DeviceCodePorts {
  digest: SecretDigest;
  deviceCodes: DeviceCodes;
  people: People;
}

type ApprovedPoll = Extract<DevicePoll, { state: "approved" }>;

/**
 * RFC 8628 §3.4: a device gets the token that a person approved in a browser. Until then it is told to wait.
 * @throws Refusal `invalid_grant` for a code that is unknown, another client's or collected already (one answer for all);
 *   `expired_token`, `access_denied`, `authorization_pending`, and `slow_down` for a poll before its time (§3.5);
 *   `access_denied` also if the person was deleted or disabled since
 */
export const deviceCodeGrant: Grant<"device_code", DeviceCodePorts> = {
  optIn: true,
  involvesPerson: true,
  allowsPublicClients: true,
  make: ({ digest, deviceCodes, people }) =>
    async function decideDeviceCode({ deviceCode }, { client, policy, now }) {
      const codeDigest = digest(deviceCode);
      const poll = mustBeApproved(await deviceCodes.poll(codeDigest, client.id, now), client.id, now);
      const person = await people.findById(poll.personId);
      if (person?.status !== "active") throw new Refusal("access_denied", `person ${poll.personId} is gone or disabled`);
      const family = makeFamily(poll, client, policy, now);
      return {
        client,
        grant: "device_code",
        subject: { id: person.id },
        actor: null,
        assurance: "STANDARD",
        scope: keepRegistered(poll.scope, client, policy),
        family,
        login: { person, authTime: poll.authTime },
        spends: { redemption: { kind: "device_code", digest: codeDigest, family } },
      };
    },
};

/** The token is its only member. The family is what ends when the person is signed out, or withdraws the consent. */
function makeFamily({ personId, scope, authTime }: ApprovedPoll, client: Client, policy: ContractPolicy, now: number): TokenFamily {
  const expiresAt = Math.floor(now / 1000) + (client.lifetimeSeconds ?? policy.lifetimeSeconds);
  return { id: makeJti(now), clientId: client.id, personId, scope, authTime, expiresAt };
}

function mustBeApproved(poll: DevicePoll | undefined, clientId: string, now: number): ApprovedPoll {
  if (poll === undefined) throw new Refusal("invalid_grant", `client ${clientId} has no such device code`);
  if (poll.state === "collected") throw new Refusal("invalid_grant", `client ${clientId} has collected this device code's token before`);
  if (poll.expiresAt * 1000 <= now) throw new Refusal("expired_token", `a device code of client ${clientId} has expired`);
  switch (poll.state) {
    case "approved":
      return poll;
    case "denied":
      throw new Refusal("access_denied", `a person denied client ${clientId} its device code`);
    case "pending":
      if (poll.tooEarly) throw new Refusal("slow_down", `client ${clientId} polls faster than it was told`);
      throw new Refusal("authorization_pending", `no person has decided on a device code of client ${clientId} yet`);
  }
}
