import { randomBytes } from "node:crypto";
import request from "supertest";
import { wiring } from "../../generated/wiring";
import { longestTokenSeconds } from "../../src/engine/lifetimes";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeRegister } from "../../src/registration/register";
import { makeClientAdmin } from "../../src/store/clients/admin";
import type { Database } from "../../src/store/database";
import { migrateToLatest, findMigrationsFolder, readMigrationState } from "../../src/store/database/migrate";
import { makeProgrammes } from "../../src/store/programmes/programmes";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { basic, contracts, tokenOf } from "../harness/bearer-tokens";
import { makeOwnDatabase, type OwnDatabase } from "../harness/own-database";
import { arrive, freePort, type Newcomer, urlOf } from "../harness/installed-server";

jest.setTimeout(90_000);

const source = { directory: findMigrationsFolder(), loadExtensions: [".js"] };
const future = "9999_future.js";

/** What a later version may do to the schema while this one still runs: more columns everywhere, and another table. */
async function migrateAhead(database: Database): Promise<void> {
  await database.runLongTask(async (knex) => {
    const tables = await knex("pg_tables")
      .where("schemaname", "public")
      .whereRaw("tablename !~ '^(knex_|issued_tokens_)'")
      .pluck<string[]>("tablename");
    for (const table of tables)
      await knex.raw("ALTER TABLE ?? ADD COLUMN from_the_future text, ADD COLUMN later integer NOT NULL DEFAULT 7", [table]);
    await knex.raw("CREATE TABLE futures (id integer PRIMARY KEY)");
    await knex("knex_migrations").insert({ name: future, batch: 99, migration_time: new Date() });
  });
}

describe("beside a newer version that has migrated", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
    for (const contract of contracts) await tokenOf(polymint, contract);
    await migrateAhead(polymint.database);
  });
  afterAll(() => polymint.stop());

  it("a server that runs goes on: it gives tokens, tells of them and revokes them", async () => {
    const { client, secret } = await polymint.register({ contracts: [], services: ["introspection"] });
    const asker = basic(client.id, secret?.value ?? "");
    for (const contract of contracts) {
      const token = await tokenOf(polymint, contract);
      const test = request(polymint.url).post("/oauth2/introspect").set("Authorization", asker).type("form").send({ token });
      expect((await test.expect(200)).body).toMatchObject({ active: true });
    }
  });

  it("a server can start, and finds nothing to migrate", async () => {
    expect(await migrateToLatest(polymint.database)).toEqual([]);
    expect((await readMigrationState(polymint.database)).pending).toEqual([]);
    const { url } = await polymint.startAnother();
    expect((await request(url).get("/health/ready")).status).toBe(200);
    for (const contract of contracts) await tokenOf({ ...polymint, url }, contract);
  });

  it("would not start if knex had its way", async () => {
    const latest = polymint.database.runLongTask((knex) => knex.migrate.latest(source));
    await expect(latest).rejects.toThrow(future);
  });
});

describe("on a database where only some migrations ran", () => {
  let newcomer: Newcomer;
  let own: OwnDatabase;
  beforeAll(async () => {
    newcomer = arrive();
    own = await makeOwnDatabase();
  });
  afterAll(async () => {
    await newcomer.leave();
    await own.drop();
  });

  it("two servers that start at once both come up, and serve a client from before", async () => {
    const database = own.open();
    const pepper = randomBytes(32);
    const digest = makeSecretDigest(pepper);
    const contracts = new Map(wiring.map(({ name, policy }) => [name, policy]));
    const stores = { admin: makeClientAdmin(database), programmes: makeProgrammes(database) };
    const register = makeRegister({ ...stores, digest, clock: Date.now, longestTokenSeconds, contracts });
    const { client, secret } = await register({ contracts: ["abbeycross"], scopes: ["a"] });
    for (let more = 3; more > 0; more -= 1) await database.runLongTask((knex) => knex.migrate.down(source));
    expect((await readMigrationState(database)).pending).toHaveLength(3);

    const base64 = { POLYMINT_PEPPER: pepper.toString("base64"), POLYMINT_MASTER_KEY: randomBytes(32).toString("base64") };
    const settings = { DATABASE_URL: urlOf({ ...own, drop: () => own.drop() }), WORKERS: "1", LOG_LEVEL: "warn", ...base64 };
    const ports = [await freePort(), await freePort()];
    const servers = ports.map((port) => newcomer.serve({ ...settings, PORT: String(port) }));
    await Promise.all(servers.map((server) => server.started()));
    expect((await readMigrationState(database)).pending).toEqual([]);
    for (const port of ports) {
      const body = { client_id: client.id, client_secret: secret?.value };
      expect((await request(`http://127.0.0.1:${port}`).post("/v1/oauth/token").send(body)).status).toBe(200);
    }
    servers.forEach((server) => server.kill("SIGTERM"));
    expect((await Promise.all(servers.map(({ ended }) => ended))).map(({ code }) => code)).toEqual([0, 0]);
  });
});
