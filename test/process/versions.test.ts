import { randomBytes } from "node:crypto";
import request from "supertest";
import { wiring } from "../../generated/wiring";
import { longestTokenSeconds } from "../../src/engine/client";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeRegister } from "../../src/registration/register";
import { makeClientAdmin } from "../../src/store/clients/admin";
import type { Database } from "../../src/store/database";
import { migrateToLatest, findMigrationsFolder, readMigrationState } from "../../src/store/database/migrate";
import { makeProgrammes } from "../../src/store/programmes/programmes";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { basic, tokenOf } from "../harness/bearer-tokens";
import { contractNames } from "../harness/token-requests";
import { makeOwnDatabase, type OwnDatabase } from "../harness/own-database";
import { installServer, freePort, type InstalledServer, databaseUrlOf } from "../harness/installed-server";

jest.setTimeout(90_000);

const source = { directory: findMigrationsFolder(), loadExtensions: [".js"] };
const futureMigration = "9999_future.js";

/** Changes the schema as a later version may while this one still runs: adds columns to every table, and a table. */
async function migrateAhead(database: Database): Promise<void> {
  await database.runLongTask(async (knex) => {
    const tables = await knex("pg_tables")
      .where("schemaname", "public")
      .whereRaw("tablename !~ '^(knex_|issued_tokens_)'")
      .pluck<string[]>("tablename");
    for (const table of tables)
      await knex.raw("ALTER TABLE ?? ADD COLUMN from_the_future text, ADD COLUMN later integer NOT NULL DEFAULT 7", [table]);
    await knex.raw("CREATE TABLE futures (id integer PRIMARY KEY)");
    await knex("knex_migrations").insert({ name: futureMigration, batch: 99, migration_time: new Date() });
  });
}

describe("a database that a newer version has migrated", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
    for (const contract of contractNames) await tokenOf(polymint, contract);
    await migrateAhead(polymint.database);
  });
  afterAll(() => polymint.stop());

  it("still serves a running server of this version, which issues and introspects tokens", async () => {
    const { client, secret } = await polymint.register({ contracts: [], services: ["introspection"] });
    const authorization = basic(client.id, secret?.value ?? "");
    for (const contract of contractNames) {
      const token = await tokenOf(polymint, contract);
      const test = request(polymint.url).post("/oauth2/introspect").set("Authorization", authorization).type("form").send({ token });
      expect((await test.expect(200)).body).toMatchObject({ active: true });
    }
  });

  it("lets a server of this version start, which finds nothing to migrate", async () => {
    expect(await migrateToLatest(polymint.database)).toEqual([]);
    expect((await readMigrationState(polymint.database)).pending).toEqual([]);
    const { url } = await polymint.startAnother();
    expect((await request(url).get("/health/ready")).status).toBe(200);
    for (const contract of contractNames) await tokenOf({ ...polymint, url }, contract);
  });

  it("(control) is refused by knex, which rejects unknown migrations", async () => {
    const latest = polymint.database.runLongTask((knex) => knex.migrate.latest(source));
    await expect(latest).rejects.toThrow(futureMigration);
  });
});

describe("a database where only some migrations ran", () => {
  let newcomer: InstalledServer;
  let own: OwnDatabase;
  beforeAll(async () => {
    newcomer = installServer();
    own = await makeOwnDatabase();
  });
  afterAll(async () => {
    await newcomer.remove();
    await own.drop();
  });

  it("lets two servers start at once, and both serve a client that existed before", async () => {
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
    const settings = { DATABASE_URL: databaseUrlOf({ ...own, drop: () => own.drop() }), WORKERS: "1", LOG_LEVEL: "warn", ...base64 };
    const ports = [await freePort(), await freePort()];
    const servers = ports.map((port) => newcomer.serve({ ...settings, PORT: String(port) }));
    await Promise.all(servers.map((server) => server.waitUntilListening()));
    expect((await readMigrationState(database)).pending).toEqual([]);
    for (const port of ports) {
      const body = { client_id: client.id, client_secret: secret?.value };
      expect((await request(`http://127.0.0.1:${port}`).post("/v1/oauth/token").send(body)).status).toBe(200);
    }
    servers.forEach((server) => server.kill("SIGTERM"));
    expect((await Promise.all(servers.map(({ ended }) => ended))).map(({ code }) => code)).toEqual([0, 0]);
  });
});
