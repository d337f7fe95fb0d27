import pino from "pino";
import type { AppOptions } from "../../src/app";
import type { TestPolymint } from "../../src/testkit";

/** What a second app on the database of a test server is built from: the same secrets, issuer and clock, and no log. */
export function appOptionsOf({ database, pepper, masterKey, issuer, clock }: TestPolymint): AppOptions {
  return { database, clock, log: pino({ level: "silent" }), identity: { issuer }, secrets: { pepper, masterKey } };
}
