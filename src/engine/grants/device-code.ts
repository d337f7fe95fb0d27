import type { DevicePoll } from "../ports/codes";
import { Refusal } from "../refusal";
import type { Decision } from "../decision";
import type { GrantRequest } from "../token-request";
import type { Client } from "../client";
import type { GrantPorts } from "./ports";

type Asked = Extract<GrantRequest, { type: "device_code" }>;
type Approved = Extract<DevicePoll, { state: "approved" }>;

/**
 * RFC 8628 §3.4: a device comes for what a person approved elsewhere, and until then is told to wait.
 * @throws Refusal `invalid_grant` for a code that is unknown, another client's or collected already (one answer for all);
 *   `expired_token`, `access_denied`, `authorization_pending`, and `slow_down` for a poll before its time (§3.5);
 *   `access_denied` also if the person is gone or disabled since
 */
export function makeDeviceCodeGrant({ digest, deviceCodes, people }: GrantPorts) {
  return async function deviceCode(client: Client, asked: Asked, now: number): Promise<Decision> {
    const codeDigest = digest(asked.deviceCode);
    const { scope, personId, authTime } = mustBeApproved(await deviceCodes.poll(codeDigest, client.id, now), client, now);
    const person = await people.byId(personId);
    if (person?.status !== "active") throw new Refusal("access_denied", `person ${personId} is gone or disabled`);
    return {
      client,
      grant: "device_code",
      subject: { id: person.id },
      actor: null,
      assurance: "STANDARD",
      scope,
      login: { person, authTime },
      redeems: { kind: "device_code", digest: codeDigest },
    };
  };
}

function mustBeApproved(poll: DevicePoll | undefined, client: Client, now: number): Approved {
  if (poll === undefined) throw new Refusal("invalid_grant", `client ${client.id} has no such device code`);
  if (poll.state === "collected") throw new Refusal("invalid_grant", `client ${client.id} has collected this device code's token before`);
  if (poll.expiresAt * 1000 <= now) throw new Refusal("expired_token", `a device code of client ${client.id} has expired`);
  switch (poll.state) {
    case "approved":
      return poll;
    case "denied":
      throw new Refusal("access_denied", `a person denied client ${client.id} its device code`);
    case "pending":
      if (poll.tooEarly) throw new Refusal("slow_down", `client ${client.id} polls faster than it was told`);
      throw new Refusal("authorization_pending", `nobody has decided on a device code of client ${client.id} yet`);
  }
}
