import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import request from "supertest";
import { makeSecretDigest } from "../../src/secrets/secret";
import { type AuthTokenStore, makeAuthTokens } from "../../src/store/programmes/auth-tokens";
import { type Database, openDatabase } from "../../src/store/database";
import { runInTransaction } from "../../src/store/database/single-transaction";
import { makePartitions } from "../../src/store/ledger/partitions";
import { makePurge } from "../../src/store/ledger/purge";
import { makeUserLogins } from "../../src/store/programmes/user-logins";
import { makeUsers } from "../../src/store/programmes/users";
import { startPolymint, type TestPolymint } from "../../src/testkit";

let polymint: TestPolymint;
let other: Database;
let authTokens: AuthTokenStore;
const digest = (secret: string) => makeSecretDigest(polymint.pepper)(secret);

beforeAll(async () => {
  let connection: Record<string, unknown> = {};
  polymint = await startPolymint({ connectThrough: (same) => (connection = same) });
  other = openDatabase({ connection, poolMax: 8, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 });
  authTokens = makeAuthTokens({ database: polymint.database, digest });
});
afterAll(async () => {
  await other.close();
  await polymint.stop();
});

const apiKey = () => polymint.clients.weavr.secret;

async function login(): Promise<string> {
  const { email, password } = polymint.user;
  const credentials = { email, password: { value: password } };
  const response = await request(polymint.url).post("/login_with_password").set("api-key", apiKey()).send(credentials).expect(200);
  return (response.body as { token: string }).token;
}

/** Exchanges an auth token. @returns the status */
async function exchange(authToken: string): Promise<number> {
  const sent = request(polymint.url).post("/access_token").set("api-key", apiKey()).set("authorization", `Bearer ${authToken}`);
  return (await sent.send({ identity: polymint.user.identities[0] })).status;
}

describe("an auth token", () => {
  it("is valid for five minutes, and for five more after each use", async () => {
    const authToken = await login();
    for (let uses = 0; uses < 4; uses += 1) {
      polymint.clock.advance(299);
      expect(await exchange(authToken)).toBe(200);
    }
    polymint.clock.advance(300);
    expect(await exchange(authToken)).toBe(401);
    expect(polymint.logs.at(-1)).toMatchObject({ outcome: "invalid_grant" });
  });

  it("is not prolonged by a use after it expired", async () => {
    const authToken = await login();
    polymint.clock.advance(301);
    expect(await exchange(authToken)).toBe(401);
    polymint.clock.advance(-10);
    expect(await exchange(authToken)).toBe(200);
    polymint.clock.advance(10);
  });

  it("serves ten requests at once", async () => {
    const authToken = await login();
    const statuses = await Promise.all(Array.from({ length: 10 }, () => exchange(authToken)));
    expect(statuses).toEqual(statuses.map(() => 200));
  });

  it("ends when it is revoked, and the user's other tokens do not", async () => {
    const [authToken, another] = [await login(), await login()];
    expect(await authTokens.revoke(authToken, polymint.clock())).toBe(true);
    expect(await exchange(authToken)).toBe(401);
    expect(await exchange(another)).toBe(200);
    expect(await authTokens.revoke(authToken, polymint.clock())).toBe(false);
    expect(await authTokens.revoke("pma_unknown", polymint.clock())).toBe(false);
  });

  it("is not accepted while its user is disabled", async () => {
    const authToken = await login();
    const users = makeUsers(polymint.database);
    await users.setStatus(polymint.user.id, "disabled");
    expect(await exchange(authToken)).toBe(401);
    await users.setStatus(polymint.user.id, "active");
    expect(await exchange(authToken)).toBe(200);
  });

  it("is stored as its digest only", async () => {
    const authToken = await login();
    const rows = await polymint.database.build((knex) => knex("auth_tokens"));
    expect(JSON.stringify(rows)).not.toContain(authToken);
    expect(rows).toContainEqual(expect.objectContaining({ digest: digest(authToken) }));
  });

  it("is purged when it can no longer be used, and not before", async () => {
    const authToken = await login();
    const purge = makePurge({ database: polymint.database, partitions: makePartitions(polymint.database), longestTokenSeconds: 60 });
    await purge(polymint.clock() + 299_000, 0);
    expect(await exchange(authToken)).toBe(200);
    expect((await purge(polymint.clock() + 24 * 3_600_000, 3_600_000)).authTokens).toBeGreaterThan(0);
    expect(await exchange(authToken)).toBe(401);
  });
});

describe("a login whose password was checked when the user gets another password", () => {
  /**
   * Issues an auth token while a change of the password, which ends all logins, waits for its commit.
   * @param checkedHash what the login checked
   * @returns whether the auth token is good afterwards
   */
  async function survives(checkedHash?: string): Promise<boolean> {
    const authToken = `pma_${randomUUID()}`;
    const { id } = polymint.user;
    let issued: Promise<boolean> | undefined;
    await runInTransaction(other, true, async (within) => {
      await makeUsers(within).setPassword(id, "another hash");
      await makeUserLogins(within).end(id, polymint.clock());
      issued = authTokens.issue(authToken, id, "STANDARD", polymint.clock(), checkedHash);
      await Promise.race([issued, sleep(200)]);
    });
    await issued;
    await makeUsers(polymint.database).setPassword(id, "the hash");
    return (await authTokens.use(authToken, polymint.clock())) !== undefined;
  }

  beforeAll(() => makeUsers(polymint.database).setPassword(polymint.user.id, "the hash"));

  it("gives no auth token", async () => {
    expect(await survives("the hash")).toBe(false);
  });

  it("(control) gives one if what was checked is not compared", async () => {
    expect(await survives()).toBe(true);
  });
});

describe("the window of an auth token", () => {
  type Use = (authToken: string, now: number) => Promise<unknown>;

  /**
   * Two servers use each of fifty tokens at the same time, one of them with a clock that is a minute behind.
   * @returns how many tokens ended before the window of the later use did
   */
  async function useAtOnce(server: (database: Database) => Use): Promise<number> {
    const issued = polymint.clock();
    const tokens = Array.from({ length: 50 }, () => `pma_${randomUUID()}`);
    for (const token of tokens) await authTokens.issue(token, polymint.user.id, "STANDARD", issued);
    const [punctual, behind] = [server(polymint.database), server(other)];
    await other.ping();
    await Promise.all(tokens.flatMap((token) => [punctual(token, issued + 120_000), behind(token, issued + 60_000)]));
    const later = issued + 120_000 + 299_000;
    const good = await Promise.all(tokens.map((token) => authTokens.use(token, later)));
    return good.filter((user) => user === undefined).length;
  }

  it("never moves backwards when two servers use the token at the same time", async () => {
    expect(await useAtOnce((database) => (authToken, now) => makeAuthTokens({ database, digest }).use(authToken, now))).toBe(0);
  });

  it("(control) a window that is read first and moved afterwards moves backwards", async () => {
    const checkThenUpdate = (database: Database): Use => {
      return async (authToken, now) => {
        const tokens = (knex: Parameters<Parameters<Database["build"]>[0]>[0]) => knex("auth_tokens").where("digest", digest(authToken));
        const [found] = await database.build((knex) => tokens(knex).select<{ last_used_at: Date }[]>("last_used_at"));
        if (found === undefined) return undefined;
        const last_used_at = new Date(Math.max(found.last_used_at.getTime(), now));
        return database.build((knex) => tokens(knex).update({ last_used_at }));
      };
    };
    expect(await useAtOnce(checkThenUpdate)).toBeGreaterThan(0);
  });
});
