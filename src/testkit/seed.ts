import { generateKeyPairSync, randomUUID } from "node:crypto";
import { sign } from "jsonwebtoken";
import type { Clock } from "../engine/client";
import type { Register } from "../registration/register";
import { listRedirectUris } from "../contracts/demo";
import { hasProgrammes, type WiredContract } from "../contracts/wire";
import type { Database } from "../store/database";
import { makeIdentities } from "../store/programmes/identities";
import { makePeople } from "../store/people/people";
import { makeUsers } from "../store/programmes/users";

/** A registered client, with its credential. */
export interface SeededClient {
  clientId: string;
  /** Its secret or API key; empty for a client that signs assertions. */
  secret: string;
  /** Of a client that signs assertions, its private key (EC, kid `test`) in PEM; empty for others. */
  privateKey: string;
  /** @returns a new client assertion (RFC 7523), for a client registered for private_key_jwt @param claims replace the usual ones; undefined removes one */
  assertion(audience: string, claims?: Record<string, unknown>): string;
}

/** A programme's user, who can log in at the programme's login. */
export interface SeededUser {
  id: string;
  email: string;
  password: string;
  identities: readonly { type: "CORPORATE" | "CONSUMER"; id: string }[];
}

/** A person who can log in at the pages. */
export interface SeededPerson {
  id: string;
  email: string;
  password: string;
  firstName: string;
  lastName: string;
  countryCode: string;
  picture: string;
  region: string;
  roles: readonly string[];
}

export interface TestSeedPorts {
  register: Register;
  database: Database;
  clock: Clock;
  issuer: string;
}

/**
 * Registers the demo client of every contract, one user of the programme (the client with an API key), and a person for the pages.
 * @throws Error if no contract has programmes
 */
export async function seedTestClients(
  contracts: readonly WiredContract[],
  ports: TestSeedPorts,
): Promise<{ clients: Record<string, SeededClient>; programmeId: string; user: SeededUser; person: SeededPerson }> {
  const clients: Record<string, SeededClient> = {};
  let programmeId: string | undefined;
  for (const contract of contracts) {
    clients[contract.name] = await seedClient(contract, ports);
    if (hasProgrammes(contract)) programmeId ??= contract.demo.client.id;
  }
  if (programmeId === undefined) throw new Error("no contract authenticates by API key, so there is no programme for a user");
  return { clients, programmeId, user: await seedUser(programmeId, ports), person: await seedPerson(ports) };
}

async function seedClient(contract: WiredContract, { register, clock, issuer }: TestSeedPorts): Promise<SeededClient> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { client } = contract.demo;
  const signs = (client.authMethods ?? contract.policy.authMethods.slice(0, 1)).includes("private_key_jwt");
  const jwks = signs ? { jwks: [{ ...publicKey.export({ format: "jwk" }), kid: "test", use: "sig", alg: "ES256" }] } : {};
  const redirectUris = listRedirectUris(client, issuer);
  const { secret } = await register({ ...client, contracts: [contract.name], ...jwks, ...(redirectUris && { redirectUris }) });
  return {
    clientId: client.id,
    secret: secret?.value ?? "",
    privateKey: signs ? privateKey.export({ format: "pem", type: "pkcs8" }).toString() : "",
    assertion: (audience, claims = {}) => {
      const now = Math.floor(clock() / 1000);
      const usual: Record<string, unknown> = { iss: client.id, sub: client.id, aud: audience, iat: now, exp: now + 60, jti: randomUUID() };
      const all = Object.fromEntries(Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined));
      // jsonwebtoken would otherwise remove the given `iat`, or add one.
      return sign(all, privateKey, { algorithm: "ES256", keyid: "test", noTimestamp: !("iat" in all) });
    },
  };
}

/**
 * The password of the seeded user and person, and its hash at the least cost: a login then takes 0.2 ms of CPU time, where one with a hash
 * by `hashNewPassword` takes 25 ms.
 */
export const seededPassword = {
  password: "correct horse battery staple",
  hash: "$argon2id$v=19$m=8,t=1,p=1$pCxTwC7UU9nnKN7s2MzReg$Opyci9fLK65bfa1v7wTHZZZn95yOFErij5isJP4tnNU",
};

async function seedPerson({ database, clock }: TestSeedPorts): Promise<SeededPerson> {
  const facts = {
    email: "ada@example.net",
    firstName: "Ada",
    lastName: "Lovelace",
    countryCode: "GB",
    picture: "https://example.net/ada.png",
    region: "EU",
    roles: ["user", "inspector"],
  };
  const { id } = await makePeople(database).create({ ...facts, emailVerified: true, passwordHash: seededPassword.hash }, clock());
  return { id, password: seededPassword.password, ...facts };
}

async function seedUser(programmeId: string, { database, clock }: TestSeedPorts): Promise<SeededUser> {
  const identities = makeIdentities(database);
  const own = [
    { type: "CORPORATE", id: await identities.create(programmeId, "CORPORATE", clock()) },
    { type: "CONSUMER", id: await identities.create(programmeId, "CONSUMER", clock()) },
  ] as const;
  const email = "root@example.com";
  const identityIds = own.map(({ id }) => id);
  const id = await makeUsers(database).create(
    { programmeId, email, passwordHash: seededPassword.hash, role: "ROOT", identityIds },
    clock(),
  );
  return { id, email, password: seededPassword.password, identities: own };
}
