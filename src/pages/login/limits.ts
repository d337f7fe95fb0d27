import type { SecretDigest } from "../../engine/ports/clients";
import type { Attempts } from "../../engine/ports/counts";
import { Refusal } from "../../engine/refusal";
import { type AttemptSubject, countAlso, countAttempt, type CountedAttempt } from "../../limits/counted-attempt";
import type { SlowLimit } from "../../limits/slow-limit";

const windowSeconds = 15 * 60;
/** From one network, for one address. */
const perAddress = { failures: 5, windowSeconds };
/** From one network, for all addresses together. */
const perNetwork = { failures: 50, windowSeconds };
/** From one browser that the person has logged in with, wherever it is. A stolen cookie is worth no more guesses than these. */
const perDevice = { failures: 10, windowSeconds: 3600 };

export interface LoginLimitPorts {
  attempts: Attempts;
  digest: SecretDigest;
  /** Guesses at one person from all strangers together. */
  personLogins: SlowLimit;
}

/** Where an attempt to log in comes from. */
export interface LoginOrigin {
  /** The address that was typed. */
  email: string;
  network: string;
  /** The name under which the browser is known for this account; undefined for a stranger. */
  device: string | undefined;
}

/**
 * Counts a login before the password is compared. A known browser has a limit of its own, and the limits of strangers do
 * not stop it: neither guesses from its own network nor guesses from everywhere. When it has used up its own, it is a stranger.
 * @param now epoch milliseconds
 * @throws Refusal `throttled`, Unavailable
 */
export async function countLogin(ports: LoginLimitPorts, origin: LoginOrigin, now: number): Promise<CountedAttempt> {
  const { attempts, digest, personLogins } = ports;
  const known = origin.device === undefined ? undefined : await countKnownBrowser(attempts, origin.device, now);
  if (known !== undefined) return known;
  const person = digest(`login ${origin.email.toLowerCase()}`).toString("base64url");
  await personLogins.mustNotWait(person, now);
  const atNetwork = await countAttempt(attempts, listLoginSubjects(origin.email, origin.network, digest), now);
  return countAlso(atNetwork, () => personLogins.count(person, now));
}

/** @returns undefined if the browser has used up its limit */
async function countKnownBrowser(attempts: Attempts, device: string, now: number): Promise<CountedAttempt | undefined> {
  const subject = { key: `login by known browser ${device}`, limit: perDevice, isClearedBySuccess: true };
  try {
    return await countAttempt(attempts, [subject], now);
  } catch (thrown) {
    if (thrown instanceof Refusal) return undefined;
    throw thrown;
  }
}

/**
 * The counts that a stranger's login adds to. Passwords guessed from one network do not lock a person out who logs in from another.
 * @param digest keeps email addresses out of the counts
 */
function listLoginSubjects(email: string, network: string, digest: SecretDigest): AttemptSubject[] {
  const address = digest(`${network} ${email.toLowerCase()}`).toString("base64url");
  const label = `failed logins from ${network}`;
  return [
    { key: `login from ${network}`, limit: perNetwork, label },
    { key: `login ${address}`, limit: perAddress, label, isClearedBySuccess: true },
  ];
}
