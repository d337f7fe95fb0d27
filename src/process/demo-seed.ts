import { createPublicKey, generateKeyPairSync, type JsonWebKey, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createDataFile, readDataFile, readDataJson, replaceDataFile } from "../data-folder/files";
import { refuseSharedFolder } from "../data-folder/shared-folder";
import type { ClientRegistry, SecretDigest } from "../engine/ports/clients";
import type { AuthMethod, Client, Clock } from "../engine/client";
import { listDemoClients } from "../contracts/demo";
import { makeSecret, type SecretKind } from "../secrets/secret";
import { chooseSecretKind, type Register } from "../registration/register";
import type { Registration } from "../registration/registration";
import { hashNewPassword } from "../secrets/password";
import { listRedirectUris } from "../contracts/demo";
import { hasProgrammes, type WiredContract } from "../contracts/wire";
import type { ClientAdmin } from "../store/clients/admin";
import type { IdentityStore } from "../store/programmes/identities";
import type { PeopleStore } from "../store/people/people";
import type { UserStore } from "../store/programmes/users";

/** The credentials that the banner shows again at every start. Kept in a file in the data folder that only this user can read. */
export interface DemoCredentials {
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

export interface DemoSeedPorts {
  register: Register;
  /** Must not cache. */
  registry: ClientRegistry;
  admin: ClientAdmin;
  identities: IdentityStore;
  users: UserStore;
  people: PeopleStore;
  digest: SecretDigest;
  clock: Clock;
  issuer: string;
  /** The folder where the credentials and the demo keys are kept. */
  folder: string;
}

const credentialsFile = "demo.json";

/** @returns the path of the private key that a demo client signs its assertions with */
export function getDemoKeyFile(folder: string, clientId: string): string {
  return join(folder, `${clientId}.key.pem`);
}

/**
 * Registers the demo clients of each contract, and a user or a person where the contract involves one. Does not change what
 * exists already, except that a client whose credential is not the one kept in the folder (another database, a lost folder)
 * gets a new one, and so does a client whose redirect URIs were those of another issuer.
 */
export async function seedDemo(contracts: readonly WiredContract[], ports: DemoSeedPorts): Promise<DemoCredentials> {
  refuseSharedFolder(ports.folder);
  // With DATABASE_URL and configured secrets, the folder may not exist yet.
  mkdirSync(ports.folder, { recursive: true, mode: 0o711 });
  const credentials = readCredentials(ports.folder);
  for (const contract of contracts) {
    const { id } = contract.demo.client;
    for (const client of listDemoRegistrations(contract, ports)) {
      const secret = await seedClient(client, credentials.secrets[client.id], ports);
      if (secret !== undefined) credentials.secrets[client.id] = secret;
    }
    if (involvesPerson(contract)) credentials.person = await seedPerson(credentials.person, ports);
    if (hasProgrammes(contract)) credentials.user = await seedUser(id, credentials.user, ports);
  }
  writeCredentials(ports.folder, credentials);
  return credentials;
}

function involvesPerson({ demo }: WiredContract): boolean {
  return demo.withPerson !== undefined || demo.client.redirectUris !== undefined;
}

type DemoRegistration = Registration & { id: string; authMethods: readonly AuthMethod[] };

function listDemoRegistrations({ name, policy, demo }: WiredContract, { folder, issuer }: DemoSeedPorts): DemoRegistration[] {
  const [method] = policy.authMethods;
  return listDemoClients({ demo }).map((client) => {
    const authMethods = client.authMethods ?? [method];
    const jwks = authMethods.includes("private_key_jwt") ? { jwks: [ensurePublicKey(getDemoKeyFile(folder, client.id))] } : {};
    const redirectUris = listRedirectUris(client, issuer);
    return { ...client, contracts: [name], authMethods, ...jwks, ...(redirectUris && { redirectUris }) };
  });
}

/** @returns the client's secret, if it has one */
async function seedClient(registration: DemoRegistration, known: string | undefined, ports: DemoSeedPorts): Promise<string | undefined> {
  const { id, jwks, authMethods, redirectUris = [] } = registration;
  const existing = await ports.registry.findById(id);
  const kind = chooseSecretKind(authMethods);
  if (existing !== undefined) {
    const isComplete = redirectUris.every((uri) => existing.redirectUris.includes(uri));
    if (isComplete && kind !== undefined) return ensureSecret(id, kind, known, existing, ports);
    if (isComplete && existing.jwks?.[0]?.x === jwks?.[0]?.x) return undefined;
    await ports.admin.delete(id, ports.clock());
  }
  const { secret } = await ports.register(registration);
  return secret?.value;
}

async function ensureSecret(
  id: string,
  kind: SecretKind,
  known: string | undefined,
  existing: Client,
  ports: DemoSeedPorts,
): Promise<string> {
  if (known !== undefined && existing.secretDigests.some((digest) => digest.equals(ports.digest(known)))) return known;
  const secret = makeSecret(kind);
  await ports.admin.rotateSecret(id, ports.digest(secret), ports.clock(), { keepOldSeconds: 0 });
  return secret;
}

async function seedPerson(known: DemoPerson | undefined, { people, clock }: DemoSeedPorts): Promise<DemoPerson> {
  if (known !== undefined && (await people.byEmail(known.email)) !== undefined) return known;
  const password = randomBytes(12).toString("base64url");
  const email = `demo-${randomBytes(3).toString("hex")}@example.com`;
  const facts = { email, firstName: "Ada", lastName: "Lovelace", countryCode: "GB", region: "GB" };
  await people.create({ ...facts, emailVerified: true, passwordHash: await hashNewPassword(password, facts) }, clock());
  return { email, password };
}

async function seedUser(programmeId: string, known: DemoUser | undefined, ports: DemoSeedPorts): Promise<DemoUser> {
  if (known !== undefined && (await ports.users.findForLogin(programmeId, known.email)) !== undefined) return known;
  const now = ports.clock();
  const password = randomBytes(12).toString("base64url");
  const email = `demo-${randomBytes(3).toString("hex")}@example.com`;
  const identityId = await ports.identities.create(programmeId, "CORPORATE", now);
  await ports.users.create(
    { programmeId, email, passwordHash: await hashNewPassword(password, { email }), role: "ROOT", identityIds: [identityId] },
    now,
  );
  return { email, password, identityId };
}

/** @returns the public half of the key in the file, which is made if it does not exist yet */
function ensurePublicKey(file: string): JsonWebKey {
  const pem = readDataFile(file) ?? createPrivateKey(file);
  return { ...createPublicKey(pem).export({ format: "jwk" }), use: "sig", alg: "ES256" };
}

function createPrivateKey(file: string): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  // False if another process was faster: its key is the one to use.
  return createDataFile(file, pem) ? pem : (readDataFile(file) ?? pem);
}

/** @returns what a demonstration on this folder has seeded so far */
export function readCredentials(folder: string): DemoCredentials {
  return (readDataJson(join(folder, credentialsFile)) as DemoCredentials | undefined) ?? { secrets: {} };
}

function writeCredentials(folder: string, credentials: DemoCredentials): void {
  replaceDataFile(join(folder, credentialsFile), `${JSON.stringify(credentials, null, 2)}\n`);
}
