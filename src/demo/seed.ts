import { createPublicKey, generateKeyPairSync, type JsonWebKey, randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientRegistry, SecretDigest } from "../engine/ports";
import type { Clock } from "../engine/types";
import { makeSecret } from "../keys/secret";
import { type Register, secretKind } from "../registry/register";
import { hashPassword } from "../services/login/password";
import type { WiredDialect } from "../spec/wire";
import type { ClientAdmin } from "../store/client-admin";
import type { IdentityStore } from "../store/identities";
import type { Users } from "../store/users";

/** What the demo clients' curls need again at the next start. Kept beside the data, readable by this user only. */
export interface DemoKeepsake {
  secrets: Record<string, string>;
  user?: DemoUser;
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
  users: Users;
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
export async function seedDemo(dialects: readonly WiredDialect[], ports: SeedPorts): Promise<DemoKeepsake> {
  const keepsake = readKeepsake(ports.folder);
  for (const dialect of dialects) {
    const { id } = dialect.demo.client;
    const secret = await seedClient(dialect, keepsake.secrets[id], ports);
    if (secret !== undefined) keepsake.secrets[id] = secret;
    if (dialect.policy.authMethods.includes("api_key")) keepsake.user = await seedUser(id, keepsake.user, ports);
  }
  writeKeepsake(ports.folder, keepsake);
  return keepsake;
}

async function seedClient(dialect: WiredDialect, known: string | undefined, ports: SeedPorts): Promise<string | undefined> {
  const { client } = dialect.demo;
  const [method] = dialect.policy.authMethods;
  const jwks = method === "private_key_jwt" ? [publicKey(demoKeyFile(ports.folder, client.id))] : undefined;
  const standing = await ports.registry.byId(client.id);
  if (standing !== undefined) {
    if (jwks !== undefined && standing.jwks?.[0]?.x === jwks[0]?.x) return undefined;
    if (known !== undefined && standing.secretDigests.some((digest) => digest.equals(ports.digest(known)))) return known;
    const kind = secretKind([method]);
    if (kind !== undefined) {
      const fresh = makeSecret(kind);
      await ports.admin.rotateSecret(client.id, ports.digest(fresh), ports.clock(), { keepOldSeconds: 0 });
      return fresh;
    }
    await ports.admin.delete(client.id);
  }
  const { secret } = await ports.register({ ...client, dialects: [dialect.name], ...(jwks === undefined ? {} : { jwks }) });
  return secret?.value;
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
