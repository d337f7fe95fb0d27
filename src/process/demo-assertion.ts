import { randomUUID } from "node:crypto";
import { sign } from "jsonwebtoken";
import { readDataFile } from "../data-folder/files";
import { getDemoKeyFile } from "./demo-seed";

/** Seconds that an assertion of a demo client lives. */
const assertionSeconds = 60;

/**
 * Makes client assertions (RFC 7523) of demo clients.
 * @param folder where the demonstration was seeded
 * @param now epoch milliseconds
 * @throws Error if the client has no key
 */
export function signDemoAssertion(folder: string, clientId: string, audience: string, now: number): string {
  const key = readDataFile(getDemoKeyFile(folder, clientId));
  if (key === undefined) throw new Error(`the demo client ${clientId} has no key in ${folder}`);
  const iat = Math.floor(now / 1000);
  const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat, exp: iat + assertionSeconds };
  return sign(claims, key, { algorithm: "ES256" });
}
