import { makeAuthTokens } from "../../src/store/programmes/auth-tokens";
import { type ClientAdmin, makeClientAdmin, type NewClient } from "../../src/store/clients/admin";
import { insertSecret } from "../../src/store/clients/rows";
import { makeClientRegistry } from "../../src/store/clients/registry";
import type { Database } from "../../src/store/database";
import { makeIdentities } from "../../src/store/programmes/identities";
import { makeLedger } from "../../src/store/ledger";
import { ConflictError, NotFoundError } from "../../src/store/database/errors";
import { makePartitions } from "../../src/store/ledger/partitions";
import { makeProgrammes } from "../../src/store/programmes/programmes";
import { makeUsers } from "../../src/store/programmes/users";
import {
  daySeconds,
  digestOf,
  makeLedgerEntry,
  findInLedger,
  makeOwnDatabase,
  now,
  type OwnDatabase,
  rejectionOf,
} from "../harness/own-database";

let own: OwnDatabase;
let database: Database;
let admin: ClientAdmin;
let made = 0;

beforeAll(async () => {
  own = await makeOwnDatabase();
  database = own.open();
  admin = makeClientAdmin(database);
});
afterAll(() => own.drop());

const wanted = (fields: Partial<NewClient> = {}): NewClient => {
  made += 1;
  const id = `client-${made}`;
  return {
    id,
    name: "A client",
    contracts: ["abbeycross"],
    grants: ["client_credentials"],
    authMethods: ["client_secret_post"],
    ...fields,
  };
};

/** A client whose first secret is `<id> 1`. */
async function create(): Promise<string> {
  const client = wanted();
  await admin.create({ ...client, secretDigest: digestOf(`${client.id} 1`) }, now);
  return client.id;
}

/** @returns the secrets of this client that are valid at that time, newest first; each of them finds the client */
async function listLiveSecrets(id: string, at = now): Promise<string[]> {
  const registry = makeClientRegistry({ database, clock: () => at });
  const digests = (await registry.findById(id))?.secretDigests ?? [];
  for (const digest of digests) expect((await registry.findBySecretDigest(digest))?.id).toBe(id);
  return digests.map((digest) => digest.toString().replaceAll(".", ""));
}

describe("a client", () => {
  it("is read as it was registered", async () => {
    const client = wanted({
      services: ["introspection"],
      scopes: ["a", `"b"`],
      authMethods: ["private_key_jwt"],
      jwks: [{ kty: "EC", crv: "P-256" }],
      assertionAlgorithms: ["ES256"],
      idTokenAlgorithm: "PS256",
      redirectUris: ["https://app.example/cb?a=b", "com.example.app:/cb"],
      origins: ["https://app.example", "http://localhost:3000"],
      tlsSubject: { kind: "subject_dn", value: "CN=a\\, b,O=Acme" },
      certificateBoundTokens: true,
      lifetimeSeconds: 60,
      claims: { userID: 1302, nested: { a: [null, "é"] } },
    });
    await admin.create(client, now);
    const { secretDigests, ...found } = (await makeClientRegistry({ database, clock: () => now }).findById(client.id)) ?? {};
    expect(found).toEqual({ ...client, status: "active", jwksUri: null });
    expect(secretDigests).toEqual([]);
    expect(await admin.show(client.id, now)).toMatchObject({ ...client, secrets: [], createdAt: now / 1000, updatedAt: now / 1000 });
  });

  it("cannot have the id or the secret of another client", async () => {
    const id = await create();
    await expect(admin.create(wanted({ id }), now)).rejects.toBeInstanceOf(ConflictError);
    const thief = wanted({ secretDigest: digestOf(`${id} 1`) });
    await expect(admin.create(thief, now)).rejects.toBeInstanceOf(ConflictError);
    // Nothing of it was stored.
    await expect(admin.show(thief.id, now)).rejects.toBeInstanceOf(NotFoundError);
    expect(await listLiveSecrets(id)).toEqual([`${id} 1`]);
  });

  it("cannot be found, changed or deleted under an unknown id", async () => {
    const unknown = "nobody";
    const attempts = [
      admin.show(unknown, now),
      admin.setStatus(unknown, "disabled", now),
      admin.delete(unknown, now),
      admin.addSecret(unknown, digestOf("x"), now),
      admin.rotateSecret(unknown, digestOf("x"), now),
    ];
    expect(await Promise.all(attempts.map(rejectionOf))).toEqual(attempts.map(() => expect.any(NotFoundError) as unknown));
  });

  it("can be disabled and enabled, and is listed by status and by contract", async () => {
    const client = wanted({ contracts: ["raidiam", "firstvision"] });
    await admin.create(client, now);
    const listIds = async (filter: object) => (await admin.list({ limit: 100, ...filter }, now)).map(({ id }) => id);
    await admin.setStatus(client.id, "disabled", now + 5000);
    expect(await admin.show(client.id, now)).toMatchObject({ status: "disabled", createdAt: now / 1000, updatedAt: now / 1000 + 5 });
    expect(await listIds({ contract: "firstvision", status: "disabled" })).toEqual([client.id]);
    expect(await listIds({ contract: "firstvision", status: "active" })).toEqual([]);
    expect(await listIds({ contract: "no such" })).toEqual([]);
    await admin.setStatus(client.id, "active", now + 9000);
    expect(await listIds({ contract: "firstvision", status: "active" })).toEqual([client.id]);
  });

  it("leaves only its tokens in the ledger when it is deleted", async () => {
    const id = await create();
    const row = makeLedgerEntry({ clientId: id });
    await makeLedger({ database, partitions: makePartitions(database) }).record(row);
    await admin.delete(id, now);
    await expect(admin.show(id, now)).rejects.toBeInstanceOf(NotFoundError);
    expect(await makeClientRegistry({ database, clock: () => now }).findBySecretDigest(digestOf(`${id} 1`))).toBeUndefined();
    expect(await findInLedger(database, [row.jti])).toEqual(new Set([row.jti]));
    await admin.create(wanted({ id, secretDigest: digestOf(`${id} 1`) }), now);
    expect(await listLiveSecrets(id)).toEqual([`${id} 1`]);
  });
});

describe("a client's secrets", () => {
  it("are two at most", async () => {
    const id = await create();
    await admin.addSecret(id, digestOf(`${id} 2`), now);
    expect(await listLiveSecrets(id)).toEqual([`${id} 2`, `${id} 1`]);
    await expect(admin.addSecret(id, digestOf(`${id} 3`), now)).rejects.toBeInstanceOf(ConflictError);
    expect(await listLiveSecrets(id)).toEqual([`${id} 2`, `${id} 1`]);
    expect((await admin.show(id, now)).secrets).toEqual([
      { createdAt: now / 1000, expiresAt: null },
      { createdAt: now / 1000, expiresAt: null },
    ]);
  });

  it("may be added when one of two has ended", async () => {
    const id = await create();
    await admin.rotateSecret(id, digestOf(`${id} 2`), now, { keepOldSeconds: 10 });
    await admin.addSecret(id, digestOf(`${id} 3`), now + 10_000);
    expect(await listLiveSecrets(id, now + 10_000)).toEqual([`${id} 3`, `${id} 2`]);
  });

  it("are rotated: the newest old one stays valid for a day, and no longer", async () => {
    const id = await create();
    await admin.addSecret(id, digestOf(`${id} 2`), now);
    await admin.rotateSecret(id, digestOf(`${id} 3`), now);
    expect(await listLiveSecrets(id)).toEqual([`${id} 3`, `${id} 2`]);
    expect(await listLiveSecrets(id, now + daySeconds * 1000 - 1)).toEqual([`${id} 3`, `${id} 2`]);
    expect(await listLiveSecrets(id, now + daySeconds * 1000)).toEqual([`${id} 3`]);
    const ended = makeClientRegistry({ database, clock: () => now + daySeconds * 1000 });
    expect(await ended.findBySecretDigest(digestOf(`${id} 2`))).toBeUndefined();
    expect(await ended.findBySecretDigest(digestOf(`${id} 1`))).toBeUndefined();
  });

  it("may be rotated again within that day, which does not prolong the older one", async () => {
    const id = await create();
    await admin.rotateSecret(id, digestOf(`${id} 2`), now, { keepOldSeconds: 100 });
    await admin.rotateSecret(id, digestOf(`${id} 3`), now + 50_000, { keepOldSeconds: 100 });
    expect(await listLiveSecrets(id, now + 50_000)).toEqual([`${id} 3`, `${id} 2`]);
    expect(await listLiveSecrets(id, now + 150_000)).toEqual([`${id} 3`]);
  });

  it("are replaced at once when the old one is kept for 0 s", async () => {
    const id = await create();
    await admin.addSecret(id, digestOf(`${id} 2`), now);
    await admin.rotateSecret(id, digestOf(`${id} 3`), now, { keepOldSeconds: 0 });
    expect(await listLiveSecrets(id)).toEqual([`${id} 3`]);
  });

  it("may be rotated for a client that has none", async () => {
    const client = wanted();
    await admin.create(client, now);
    await admin.rotateSecret(client.id, digestOf(`${client.id} 1`), now);
    expect(await listLiveSecrets(client.id)).toEqual([`${client.id} 1`]);
  });

  it("stay as they are when the new one is in use by another client", async () => {
    const [id, other] = [await create(), await create()];
    await expect(admin.rotateSecret(id, digestOf(`${other} 1`), now)).rejects.toBeInstanceOf(ConflictError);
    expect(await listLiveSecrets(id)).toEqual([`${id} 1`]);
    expect(await listLiveSecrets(id, now + 2 * daySeconds * 1000)).toEqual([`${id} 1`]);
  });

  type Add = (id: string, digest: Buffer) => Promise<void>;

  /** Four operators at the same time add a secret to each of ten clients that have one. @returns the largest number of valid secrets afterwards */
  async function addAtOnce(add: Add): Promise<number> {
    const ids = await Promise.all(Array.from({ length: 10 }, create));
    await Promise.allSettled(ids.flatMap((id) => [2, 3, 4, 5].map((n) => add(id, digestOf(`${id} ${n}`)))));
    return Math.max(...(await Promise.all(ids.map(async (id) => (await listLiveSecrets(id)).length))));
  }

  it("are two at most when four are added at the same time", async () => {
    expect(await addAtOnce((id, digest) => admin.addSecret(id, digest, now))).toBe(2);
  });

  it("(control) are more than two when they are counted without a lock before one is added", async () => {
    const countThenAdd: Add = (id, digest) =>
      database.transaction(async (transaction) => {
        const alive = await transaction("client_secrets").where("client_id", id);
        if (alive.length < 2) await insertSecret(transaction, id, digest, now);
      });
    expect(await addAtOnce(countThenAdd)).toBeGreaterThan(2);
  });

  it("are two at most when five rotations happen at the same time", async () => {
    const id = await create();
    await Promise.all([2, 3, 4, 5, 6].map((n) => admin.rotateSecret(id, digestOf(`${id} ${n}`), now)));
    expect(await listLiveSecrets(id)).toHaveLength(2);
  });
});

describe("a programme", () => {
  async function createProgramme(): Promise<string> {
    const { id, name, claims = {} } = wanted();
    const registration = { id, name, claims, contracts: ["weavr"], grants: ["auth_token"], scopes: [], authMethods: ["api_key"] } as const;
    await makeProgrammes(database).create({ ...registration, secretDigest: digestOf(`${id} 1`) }, now);
    return id;
  }

  it("is a client whose API key rotates like any secret", async () => {
    const id = await createProgramme();
    await admin.rotateSecret(id, digestOf(`${id} 2`), now, { keepOldSeconds: 60 });
    expect(await listLiveSecrets(id)).toEqual([`${id} 2`, `${id} 1`]);
    expect(await listLiveSecrets(id, now + 60_000)).toEqual([`${id} 2`]);
    await expect(admin.addSecret(id, digestOf(`${id} 3`), now)).rejects.toBeInstanceOf(ConflictError);
  });

  it("is deleted with its users, their identities and their auth tokens", async () => {
    const id = await createProgramme();
    const identities = makeIdentities(database);
    const identity = await identities.create(id, "CORPORATE", now);
    const user = { programmeId: id, email: "Root@Example.com", passwordHash: "x", role: "ROOT", identityIds: [identity] } as const;
    const userId = await makeUsers(database).create(user, now);
    const authTokens = makeAuthTokens({ database, digest: digestOf });
    await authTokens.issue(`of ${id}`, userId, "STANDARD", now);
    expect(await identities.findLinked(userId, identity)).toEqual({ programmeId: id, type: "CORPORATE", status: "active" });
    await admin.delete(id, now);
    expect(await identities.findLinked(userId, identity)).toBeUndefined();
    expect(await identities.findActiveUser(userId, identity, now)).toBeUndefined();
    expect(await authTokens.use(`of ${id}`, now)).toBeUndefined();
  });

  it("has users with distinct addresses, compared without case, and with identities of its own only", async () => {
    const [id, other] = [await createProgramme(), await createProgramme()];
    const users = makeUsers(database);
    const user = { programmeId: id, email: "a@b.example", passwordHash: "x", role: "USER", identityIds: [] } as const;
    const made = await users.create({ ...user, email: "A@B.example" }, now);
    expect(await users.findForLogin(id, "a@B.EXAMPLE")).toEqual({ id: made, passwordHash: "x", role: "USER", status: "active" });
    expect(await users.findForLogin(other, "a@b.example")).toBeUndefined();
    await expect(users.create(user, now)).rejects.toBeInstanceOf(ConflictError);
    await users.create({ ...user, programmeId: other }, now);
    const foreign = await makeIdentities(database).create(other, "CONSUMER", now);
    await expect(users.create({ ...user, email: "c@b.example", identityIds: [foreign] }, now)).rejects.toBeInstanceOf(NotFoundError);
    expect(await users.findForLogin(id, "c@b.example")).toBeUndefined();
    await expect(users.create({ ...user, programmeId: "nobody" }, now)).rejects.toBeInstanceOf(NotFoundError);
    await expect(makeIdentities(database).create("nobody", "CONSUMER", now)).rejects.toBeInstanceOf(NotFoundError);
  });
});
