import type { Knex } from "knex";
import { makeJti } from "../../src/engine/jti";
import { makeLedger } from "../../src/store/ledger";
import { makePartitions } from "../../src/store/ledger/partitions";
import { makeLedgerEntry } from "../harness/own-database";
import { openOwnCommands, type OwnCommands } from "./own-commands";

jest.setTimeout(120_000);

/** As many as a large installation has. */
const clientCount = 100_000;
const later = "2999-01-01T00:00:00Z";
/** Microseconds, of which the driver's dates know nothing; several rows have the same. */
const at = "2026-11-28T12:00:00.123456Z";

let commands: OwnCommands;

/** Three rows or more of everything that is listed. Those that are sorted by time have the same time. */
beforeAll(async () => {
  commands = await openOwnCommands();
  await commands.backing.database.runLongTask(async (knex) => {
    await insertClients(knex);
    await insertProgramme(knex);
    await insertPeople(knex);
    await knex.raw(
      `INSERT INTO audit_changes (at, os_user, host, command, object) SELECT ?, 'ada', 'host', 'client create', 'client c' || n FROM generate_series(1, 3) n`,
      [at],
    );
    await knex.raw(`INSERT INTO audit_refusals (at, code, times) SELECT ?, 'invalid_client', n FROM generate_series(1, 3) n`, [at]);
  });
  const { database } = commands.backing;
  const ledger = makeLedger({ database, partitions: makePartitions(database) });
  const now = Date.now();
  const times = { issuedAt: Math.floor(now / 1000), expiresAt: Math.floor(now / 1000) + 600 };
  for (let each = 0; each < 3; each += 1) await ledger.record(makeLedgerEntry({ ...times, jti: makeJti(now) }));
});

afterAll(() => commands.close());

async function insertClients(knex: Knex): Promise<void> {
  await knex.raw(
    `INSERT INTO clients (id, name, dialects, grants, auth_methods, created_at, updated_at)
     SELECT 'c' || lpad(n::text, 6, '0'), 'Client ' || n, ARRAY['abbeycross'], ARRAY['client_credentials'], ARRAY['client_secret_post'], now(), now()
     FROM generate_series(1, ?::integer) n`,
    [clientCount],
  );
  await knex.raw(`INSERT INTO client_secrets (client_id, digest, created_at) SELECT id, decode(md5(id), 'hex'), now() FROM clients`);
}

async function insertProgramme(knex: Knex): Promise<void> {
  await knex.raw(`INSERT INTO programmes (client_id, created_at) SELECT id, now() FROM clients WHERE id < 'c000004'`);
  await knex.raw(
    `INSERT INTO identities (id, programme_id, type, created_at) SELECT 'i' || n, 'c000001', 'CORPORATE', now() FROM generate_series(1, 3) n`,
  );
  await knex.raw(
    `INSERT INTO users (id, programme_id, email, password_hash, role, created_at)
     SELECT 'u' || n, 'c000001', 'u' || n || '@example.net', '', 'USER', now() FROM generate_series(1, 3) n`,
  );
  await knex.raw(`INSERT INTO user_identities SELECT u.id, i.id FROM users u, identities i`);
}

async function insertPeople(knex: Knex): Promise<void> {
  await knex.raw(
    `INSERT INTO people (id, email, password_hash, first_name, last_name, created_at, updated_at)
     SELECT n::text, 'p' || n || '@example.net', '', 'Ada', 'Lovelace', now(), now() FROM generate_series(1, 3) n`,
  );
  await knex.raw(`INSERT INTO consents SELECT id, 'c000002', '{openid}', now() FROM people`);
  await knex.raw(
    `INSERT INTO sessions (digest, person_id, auth_time, last_used_at, expires_at) SELECT decode(md5(id), 'hex'), id, ?, now(), ? FROM people`,
    [at, later],
  );
}

interface Listed {
  next: string | null;
  warnings?: string[];
}

async function list(args: readonly string[], member: string): Promise<{ rows: unknown[]; next: string | null }> {
  const listed = await commands.json<Listed & Record<string, unknown>>(args);
  return { rows: listed[member] as unknown[], next: listed.next };
}

describe("a list that is read in parts", () => {
  it.each<[string, string, string[]]>([
    ["programme list", "programmes", []],
    ["identity list", "identities", []],
    ["user list", "users", ["--programme", "c000001"]],
    ["person list", "people", []],
    ["consent list", "consents", []],
    ["session list", "sessions", []],
    ["token list", "tokens", []],
    ["audit list", "entries", []],
  ])("has every row once, in the order of the whole: polymint %s", async (command, member, options) => {
    const args = [...command.split(" "), ...options];
    const [whole, first] = await Promise.all([list(args, member), list([...args, "--limit", "2"], member)]);
    expect(whole.next).toBeNull();
    expect(whole.rows.length).toBeGreaterThanOrEqual(3);
    expect(first.next).not.toBeNull();
    const [second, middle] = await Promise.all([
      list([...args, "--after", String(first.next)], member),
      list([...args, "--limit", "1", "--after", String(first.next)], member),
    ]);
    expect([...first.rows, ...second.rows]).toEqual(whole.rows);
    expect(second.next).toBeNull();
    expect(middle.rows).toEqual(whole.rows.slice(2, 3));
  });

  it("goes on where the same moment has a change and refusals", async () => {
    const { rows } = await list(["audit", "list"], "entries");
    const { next } = await list(["audit", "list", "--limit", "4"], "entries");
    expect((await list(["audit", "list", "--after", String(next)], "entries")).rows).toEqual(rows.slice(4));
  });

  it("says in the table that it was cut, and how to go on", async () => {
    const [cut, end] = await Promise.all([
      commands.run(["client", "list", "--limit", "2"]),
      commands.run(["client", "list", "--after", `c${String(clientCount - 1).padStart(6, "0")}`]),
    ]);
    expect(cut.stdout.split("\n")).toHaveLength(6);
    expect(cut.stdout).toMatch(/\n\nThere are more\. To go on, add: --after c000002\n$/);
    expect(end.stdout).toMatch(/^CLIENT_ID .*\nc100000 .*\n$/);
  });

  it.each<[string, string, string, unknown[]]>([
    [
      "client list --search",
      "client 7777",
      "clients",
      expect.arrayContaining([expect.objectContaining({ client_id: "c077777" })]) as unknown[],
    ],
    ["person list --search", "P2@", "people", [expect.objectContaining({ email: "p2@example.net" })]],
    ["person list --search", "ada love", "people", [expect.anything(), expect.anything(), expect.anything()]],
    ["user list --programme c000001 --search", "U3@", "users", [expect.objectContaining({ user_id: "u3" })]],
    ["token list --subject", "client", "tokens", [expect.anything(), expect.anything(), expect.anything()]],
    ["token list --subject", "nobody", "tokens", []],
  ])("has only the rows that are searched for: polymint %s '%s'", async (command, text, member, rows) => {
    expect(await list([...command.split(" "), text], member)).toEqual({ rows, next: null });
  });

  it("refuses what is no cursor of it", async () => {
    const wrong = [
      ["token", "list", "--after", "acme"],
      ["session", "list", "--after", "2026-11-28,x"],
      ["audit", "list", "--after", "1"],
      ["consent", "list", "--after", "c1"],
    ];
    for (const ended of await Promise.all(wrong.map((args) => commands.run(args)))) expect(ended).toMatchObject({ code: 2, stdout: "" });
  });
});

describe(`polymint client list with ${clientCount} clients`, () => {
  it("shows a hundred, ten thousand on demand, and finds the few of a contract", async () => {
    const [usual, most, few] = await Promise.all([
      list(["client", "list"], "clients"),
      list(["client", "list", "--limit", "10000", "--after", "c050000"], "clients"),
      list(["client", "list", "--contract", "raidiam"], "clients"),
    ]);
    expect([usual.rows.length, usual.next]).toEqual([100, "c000100"]);
    expect([most.rows.length, most.next]).toEqual([10_000, "c060000"]);
    expect(most.rows[0]).toMatchObject({ client_id: "c050001", secrets: [{ expires_at: null }] });
    expect(few).toEqual({ rows: [], next: null });
  });
});
