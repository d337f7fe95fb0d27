import { generateKeyPair, type KeyObject, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { sign } from "jsonwebtoken";
import type { OtpSender } from "../engine/ports/otp";
import type { SecretDigest } from "../engine/ports/clients";
import type { Assurance } from "../engine/decision";
import type { Clock } from "../engine/client";
import { makeRegisterDelegate } from "../registration/delegated-clients";
import { makeCreateOneTimeToken } from "../registration/one-time-tokens";
import type { Database } from "../store/database";
import { type DelegatedClientStore, makeDelegatedClients } from "../store/programmes/delegated-clients";
import { makeOneTimeTokens } from "../store/programmes/one-time-tokens";
import { makeProgrammes } from "../store/programmes/programmes";
import { makeCertificate } from "./certificate";

/** A registered delegated API client, with its key. */
export interface TestDelegatedClient {
  id: string;
  /** RSA, of the registered certificate. */
  privateKey: KeyObject;
  /** PEM. */
  certificate: string;
  /** @returns a new assertion for an identity @param claims replace the usual ones; undefined removes one */
  assertion(identityId: string, claims?: Record<string, unknown>): string;
  setStatus(status: "active" | "disabled"): Promise<void>;
}

export interface TestDelegateOptions {
  /** By default the seeded programme. */
  programmeId?: string;
  id?: string;
  /** Epoch milliseconds; by default a day around now. */
  notBefore?: number;
  notAfter?: number;
}

export interface TestOneTimeTokenOptions {
  /** By default the seeded programme, its user, and the first of the user's identities. */
  programmeId?: string;
  userId?: string;
  identityId?: string;
  /** By default STANDARD. */
  assurance?: Assurance;
  /** By default 120. */
  lifetimeSeconds?: number;
}

/** A one-time password as it was sent. */
export type SentOtp = Parameters<OtpSender["send"]>[0];

/** What an administrator can do for programmes. */
export interface ProgrammeKit {
  /** Makes a key and a certificate and registers a client with them. They work only while delegation is enabled for the programme. */
  createDelegatedClient(options?: TestDelegateOptions): Promise<TestDelegatedClient>;
  createOneTimeToken(options?: TestOneTimeTokenOptions): Promise<string>;
  /** @param programmeId by default the seeded programme */
  setDelegation(enabled: boolean, programmeId?: string): Promise<void>;
}

export interface ProgrammeKitPorts {
  database: Database;
  digest: SecretDigest;
  clock: Clock;
  programmeId: string;
  user: { id: string; identities: readonly { id: string }[] };
}

export function makeProgrammeKit({ database, digest, clock, programmeId, user }: ProgrammeKitPorts): ProgrammeKit {
  const delegatedClients = makeDelegatedClients(database);
  const registerDelegate = makeRegisterDelegate({ delegatedClients, clock });
  const createToken = makeCreateOneTimeToken({ oneTimeTokens: makeOneTimeTokens(database), digest, clock });
  return {
    async createDelegatedClient(options = {}) {
      const keys = await makeRsaKeys();
      const around = { notBefore: clock() - halfDayMs, notAfter: clock() + halfDayMs };
      const certificate = await makeCertificate({ ...keys, commonName: "delegate", ...around, ...options });
      const { id } = await registerDelegate({ programmeId, certificate, ...options });
      return makeTestDelegate({ id, certificate, privateKey: keys.privateKey }, delegatedClients, clock);
    },
    async createOneTimeToken(options = {}) {
      const usual = { programmeId, userId: user.id, identityId: user.identities[0]?.id ?? "" };
      const { token } = await createToken({ ...usual, assurance: "STANDARD", lifetimeSeconds: 120, ...options });
      return token;
    },
    setDelegation: (enabled, id = programmeId) => makeProgrammes(database).setDelegation(id, enabled),
  };
}

const halfDayMs = 43_200_000;
const generateKeyPairAsync = promisify(generateKeyPair);

function makeRsaKeys(): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  return generateKeyPairAsync("rsa", { modulusLength: 2048 });
}

function makeTestDelegate(
  { id, privateKey, certificate }: Pick<TestDelegatedClient, "id" | "privateKey" | "certificate">,
  store: DelegatedClientStore,
  clock: Clock,
): TestDelegatedClient {
  return {
    id,
    privateKey,
    certificate,
    assertion: (identityId, claims = {}) => {
      const now = Math.floor(clock() / 1000);
      const usual: Record<string, unknown> = { iss: id, sub: identityId, iat: now, exp: now + 60, jti: randomUUID() };
      const all = Object.fromEntries(Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined));
      // jsonwebtoken would otherwise remove the given `iat`, or add one.
      return sign(all, privateKey, { algorithm: "RS256", noTimestamp: !("iat" in all) });
    },
    setStatus: (status) => store.setStatus(id, status),
  };
}
