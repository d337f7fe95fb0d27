import type { SecretDigest } from "../../engine/ports/clients";
import type { AttemptSubject } from "../../limits/counted-attempt";

const windowSeconds = 15 * 60;
/** From one network, for one address. */
const perAddress = { failures: 5, windowSeconds };
/** From one network, for all addresses together. */
const perNetwork = { failures: 50, windowSeconds };

/**
 * The counts a login adds to. Passwords guessed from one network do not lock a person out who logs in from another.
 * @param digest keeps email addresses out of the counts
 */
export function listLoginSubjects(email: string, network: string, digest: SecretDigest): AttemptSubject[] {
  const address = digest(`${network} ${email.toLowerCase()}`).toString("base64url");
  const label = `failed logins from ${network}`;
  return [
    { key: `login from ${network}`, limit: perNetwork, label },
    { key: `login ${address}`, limit: perAddress, label, isClearedBySuccess: true },
  ];
}
