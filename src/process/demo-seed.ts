import { createPublicKey, generateKeyPairSync, type JsonWebKey, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientRegistry, SecretDigest } from "../engine/ports/clients";
import type { AuthMethod, Client, Clock } from "../engine/client";
import { makeSecret, type SecretKind } from "../secrets/secret";
import { type Register, type Registration, secretKind } from "../registration/register";
import { hashPassword } from "../secrets/password";
import type { WiredContract } from "../contracts/wire";
import type { ClientAdmin } from "../store/clients/admin";
import type { IdentityStore } from "../store/programmes/identities";
import type { PeopleStore } from "../store/people/people";
import type { UserStore } from "../store/programmes/users";

/** What the demo clients' curls need again at the next start. Kept beside the data, readable by this user only. */
export interface DemoKeepsake {
  secrets: Record<string, string>;
  user?: DemoUser;
  person?: DemoPerson;
}

export interface DemoPerson {
  email: string;
  password: string;
}

export interface DemoUser {
  email: string;
  password: string;
  identityId: string;
}

export interface SeedPorts {
  register: Register;
  /** Uncached. */
  registry: ClientRegistry;
  admin: ClientAdmin;
  identities: IdentityStore;
  users: UserStore;
  people: PeopleStore;
  digest: SecretDigest;
  clock: Clock;
  /** Where the keepsake and the demo keys are kept. */
  folder: string;
}

const keepsakeFile = "demo.json";

/** File of the private key that a demo client signs its assertions with. */
export function demoKeyFile(folder: string, clientId: string): string {
  return join(folder, `${clientId}.key.pem`);
}

/**
 * Registers one demo client per contract, once. What is there already is left alone; only if its credential is not the
 * one remembered here (another database, a lost folder) is it given a new one.
 */
export async function seedDemo(contracts: readonly WiredContract[], ports: SeedPorts): Promise<DemoKeepsake> {
  // With a database and secrets of one's own, nothing has needed the folder yet.
  mkdirSync(ports.folder, { recursive: true, mode: 0o711 });
  const keepsake = readKeepsake(ports.folder);
  for (const contract of contracts) {
    const { id } = contract.demo.client;
    for (const client of wantedClients(contract, ports.folder)) {
      const secret = await seedClient(client, keepsake.secrets[client.id], ports);
      if (secret !== undefined) keepsake.secrets[client.id] = secret;
    }
    if (contract.demo.withPerson !== undefined) keepsake.person = await seedPerson(keepsake.person, ports);
    if (contract.policy.authMethods.includes("api_key")) keepsake.user = await seedUser(id, keepsake.user, ports);
  }
  writeKeepsake(ports.folder, keepsake);
  return keepsake;
}

type WantedClient = Registration & { id: string; authMethods: readonly AuthMethod[] };

function wantedClients({ name, policy, demo }: WiredContract, folder: string): WantedClient[] {
  const [method] = policy.authMethods;
  const wanted = [demo.client, ...(demo.withPerson === undefined ? [] : [demo.withPerson.client])];
  return wanted.map((client) => {
    const authMethods = client.authMethods ?? [method];
    const jwks = authMethods.includes("private_key_jwt") ? { jwks: [publicKey(demoKeyFile(folder, client.id))] } : {};
    return { ...client, contracts: [name], authMethods, ...jwks };
  });
}

/** @returns the client's secret, if it has one */
async function seedClient(wanted: WantedClient, known: string | undefined, ports: SeedPorts): Promise<string | undefined> {
  const { id, jwks, authMethods } = wanted;
  const standing = await ports.registry.byId(id);
  const kind = secretKind(authMethods);
  if (standing !== undefined) {
    if (kind !== undefined) return keptSecret(id, kind, known, standing, ports);
    if (standing.jwks?.[0]?.x === jwks?.[0]?.x) return undefined;
    await ports.admin.delete(id);
  }
  const { secret } = await ports.register(wanted);
  return secret?.value;
}

async function keptSecret(id: string, kind: SecretKind, known: string | undefined, standing: Client, ports: SeedPorts): Promise<string> {
  if (known !== undefined && standing.secretDigests.some((digest) => digest.equals(ports.digest(known)))) return known;
  const fresh = makeSecret(kind);
  await ports.admin.rotateSecret(id, ports.digest(fresh), ports.clock(), { keepOldSeconds: 0 });
  return fresh;
}

async function seedPerson(known: DemoPerson | undefined, { people, clock }: SeedPorts): Promise<DemoPerson> {
  if (known !== undefined && (await people.byEmail(known.email)) !== undefined) return known;
  const password = randomBytes(12).toString("base64url");
  const email = `demo-${randomBytes(3).toString("hex")}@example.com`;
  const passwordHash = await hashPassword(password);
  await people.create(
    { email, emailVerified: true, passwordHash, firstName: "Ada", lastName: "Lovelace", countryCode: "GB", region: "GB" },
    clock(),
  );
  return { email, password };
}

async function seedUser(programmeId: string, known: DemoUser | undefined, ports: SeedPorts): Promise<DemoUser> {
  if (known !== undefined && (await ports.users.findForLogin(programmeId, known.email)) !== undefined) return known;
  const now = ports.clock();
  const password = randomBytes(12).toString("base64url");
  const email = `demo-${randomBytes(3).toString("hex")}@example.com`;
  const identityId = await ports.identities.create(programmeId, "CORPORATE", now);
  await ports.users.create(
    { programmeId, email, passwordHash: await hashPassword(password), role: "ROOT", identityIds: [identityId] },
    now,
  );
  return { email, password, identityId };
}

/** The public half of a demo key, which is made if it is not there yet. */
function publicKey(file: string): JsonWebKey {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(file, privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
  }
  return { ...createPublicKey(readFileSync(file)).export({ format: "jwk" }), use: "sig", alg: "ES256" };
}

function readKeepsake(folder: string): DemoKeepsake {
  const file = join(folder, keepsakeFile);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as DemoKeepsake) : { secrets: {} };
}

function writeKeepsake(folder: string, keepsake: DemoKeepsake): void {
  const file = join(folder, keepsakeFile);
  writeFileSync(`${file}.new`, `${JSON.stringify(keepsake, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
