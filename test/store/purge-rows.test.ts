import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import type { Database } from "../../src/store/database";
import { makePartitions } from "../../src/store/ledger/partitions";
import { makePurge, type PurgeResult } from "../../src/store/ledger/purge";
import { daySeconds, digestOf, makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";

/** The programme, user, identity and person that the rows refer to. */
const owners = { programme: "programme", user: "user", identity: "identity", person: "100000000000" };
const margin = 300;

let own: OwnDatabase;
let database: Database;

beforeAll(async () => {
  own = await makeOwnDatabase();
  database = own.open();
  const [created_at, updated_at] = [new Date(now), new Date(now)];
  await database.build(async (knex) => {
    const client = { id: owners.programme, name: "x", dialects: [], grants: [], auth_methods: [], created_at, updated_at };
    await knex("clients").insert(client);
    await knex("programmes").insert({ client_id: owners.programme, created_at });
    const user = { id: owners.user, programme_id: owners.programme, email: "a@b.example", password_hash: "none", role: "ROOT", created_at };
    await knex("users").insert(user);
    await knex("identities").insert({ id: owners.identity, programme_id: owners.programme, type: "CONSUMER", created_at });
    const person = { id: owners.person, email: "a@b.example", password_hash: "none", first_name: "A", last_name: "B" };
    await knex("people").insert({ ...person, created_at, updated_at });
  });
});
afterAll(() => own.drop());

const purge = (server = database): Promise<PurgeResult> =>
  makePurge({ database: server, partitions: makePartitions(server), longestTokenSeconds: daySeconds })(now, 0);

/** Inserts a row that expires at `end`. `name` tells it from the others. */
type Insert = (knex: Knex, name: string, end: Date) => PromiseLike<unknown>;

const common = { client_id: "client", created_at: new Date(now) };
const made = { created_at: new Date(now) };

const inserts: Record<
  Exclude<keyof PurgeResult, "partitions" | "left" | "why" | "authTokens" | "assertions">,
  { table: string; insert: Insert }
> = {
  deviceCodes: {
    table: "device_codes",
    insert: (knex, name, expires_at) =>
      knex("device_codes").insert({ ...common, digest: digestOf(name), user_code: name, scope: "", interval_seconds: 5, expires_at }),
  },
  authorizationCodes: {
    table: "authorization_codes",
    insert: (knex, name, expires_at) =>
      knex("authorization_codes").insert({
        ...common,
        digest: digestOf(name),
        family: randomUUID(),
        person_id: owners.person,
        redirect_uri: "https://app.example",
        code_challenge: "x",
        scope: "",
        auth_time: new Date(now),
        family_expires_at: new Date(now),
        expires_at,
        spent_at: new Date(now),
      }),
  },
  oneTimeTokens: {
    table: "one_time_tokens",
    insert: (knex, name, expires_at) => {
      const references = { programme_id: owners.programme, user_id: owners.user, identity_id: owners.identity };
      return knex("one_time_tokens").insert({
        ...made,
        ...references,
        digest: digestOf(name),
        assurance: "STANDARD",
        expires_at,
        spent_at: new Date(now),
      });
    },
  },
  otpChallenges: {
    table: "otp_challenges",
    insert: (knex, name, expires_at) =>
      knex("otp_challenges").insert({ ...made, id: randomUUID(), user_id: owners.user, code_digest: digestOf(name), expires_at }),
  },
  sessions: {
    table: "sessions",
    insert: (knex, name, expires_at) =>
      knex("sessions").insert({
        digest: digestOf(name),
        person_id: owners.person,
        auth_time: new Date(now),
        last_used_at: new Date(now),
        expires_at,
      }),
  },
  attempts: {
    table: "attempts",
    insert: (knex, name, window_ends_at) => knex("attempts").insert({ subject: name, failures: 3, window_ends_at }),
  },
  loginLocks: {
    table: "login_locks",
    insert: (knex, name, forgotten_at) => knex("login_locks").insert({ subject: digestOf(name), failures: 3, forgotten_at }),
  },
  auditedRefusals: {
    table: "audit_refusals",
    // Kept for seven days.
    insert: (knex, name, end) =>
      knex("audit_refusals").insert({
        at: new Date(end.getTime() - 7 * daySeconds * 1000),
        code: "invalid_client",
        network: name,
        times: 1,
      }),
  },
  auditedChanges: {
    table: "audit_changes",
    // Kept for 400 days.
    insert: (knex, name, end) => {
      const at = new Date(end.getTime() - 400 * daySeconds * 1000);
      return knex("audit_changes").insert({ at, os_user: "ada", host: "here", command: "client create", object: name });
    },
  },
  tokenExchanges: {
    table: "token_exchanges",
    insert: (knex, _name, expires_at) =>
      knex("token_exchanges").insert({ child: randomUUID(), child_expires_at: new Date(now), parent: randomUUID(), expires_at }),
  },
  lostTokens: {
    table: "lost_tokens",
    insert: (knex, _name, expires_at) =>
      knex("lost_tokens").insert({
        ...{ jti: randomUUID(), dialect: "contract", client_id: "client", expires_at, kept_until: expires_at },
        ...{ issued_at: new Date(now), found_at: new Date(now), acknowledged_at: new Date(now) },
      }),
  },
  tokenCutoffs: {
    table: "token_cutoffs",
    // The tokens that it revokes may live for a day after it.
    insert: (knex, name, end) =>
      knex("token_cutoffs").insert({ kind: "client", id: name, until: new Date(end.getTime() - daySeconds * 1000), next: randomUUID() }),
  },
  tokenFamilies: {
    table: "token_families",
    insert: async (knex, name, end) => {
      // The family's access tokens may live for a day after it.
      const family = { ...common, id: randomUUID(), person_id: owners.person, scope: "", auth_time: new Date(now) };
      await knex("token_families").insert({ ...family, expires_at: new Date(end.getTime() - daySeconds * 1000) });
      await knex("refresh_tokens").insert({ ...made, digest: digestOf(name), family: family.id, expires_at: end });
    },
  },
};

describe.each(Object.entries(inserts))("the purge of %s", (name, { table, insert }) => {
  const rows = () => database.build((knex) => knex(table).count<{ count: string }[]>({ count: "*" }));
  afterEach(() => database.build((knex) => knex(table).delete()));

  it("deletes the rows that expired more than five minutes ago, and no other", async () => {
    const ends = { live: 1, justOver: -margin + 1, over: -margin - 1, longOver: -daySeconds * 40 };
    for (const [what, seconds] of Object.entries(ends)) {
      await database.build((knex) => insert(knex, what, new Date(now + seconds * 1000)));
    }
    expect(await purge()).toMatchObject({ [name]: 2 });
    expect(await rows()).toEqual([{ count: "2" }]);
    expect(await purge()).toMatchObject({ [name]: 0 });
  });
});

it("The purge deletes the refresh tokens of a family with the family", async () => {
  for (const [name, seconds] of [
    ["live", 1],
    ["over", -margin - 1],
  ] as const) {
    await database.build((knex) => inserts.tokenFamilies.insert(knex, name, new Date(now + seconds * 1000)));
  }
  await purge();
  const left = await database.build((knex) => knex("refresh_tokens").pluck<Buffer[]>("digest"));
  expect(left).toEqual([digestOf("live")]);
});

it("Two servers that purge at once delete each expired row once, more than one statement does, and no other", async () => {
  // Half of the expired rows end at the same moment. Those that are live lie between them in the table.
  const insert = `
    INSERT INTO attempts
    SELECT n::text, 1, to_timestamp(?) + CASE n % 6 WHEN 5 THEN interval '25 hours' ELSE n % 2 * n * interval '1 millisecond' END
    FROM generate_series(1, 6000) AS n`;
  await database.build((knex) => knex.raw(insert, [now / 1000 - daySeconds]));
  const count = async (condition: string): Promise<number> => {
    const [row] = await database.build((knex) =>
      knex("attempts")
        .whereRaw(condition, [new Date(now)])
        .count<{ count: string }[]>(),
    );
    return Number(row?.count);
  };
  const purged = await Promise.all([own.open(), own.open()].map(purge));
  expect(purged.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(5000 - (await count("window_ends_at < ?")));
  await purge();
  expect([await count("window_ends_at < ?"), await count("window_ends_at > ?")]).toEqual([0, 1000]);
  await database.build((knex) => knex("attempts").delete());
});

describe("a row that a request has locked", () => {
  /** Deletes two expired rows, one of which is locked. @returns the error if the deletion had to wait for the lock */
  async function deleteBesideLock(remove: (server: Database) => Promise<unknown>): Promise<unknown> {
    const old = new Date(now - daySeconds * 1000);
    for (const name of ["held", "free"]) await database.build((knex) => inserts.attempts.insert(knex, name, old));
    const impatient = own.open({ statementTimeoutMs: 300 });
    return database.transaction(async (transaction) => {
      await transaction("attempts").where("subject", "held").forUpdate();
      return remove(impatient).then(
        () => undefined,
        (reason: unknown) => reason,
      );
    });
  }
  const left = () => database.build((knex) => knex("attempts").pluck<string[]>("subject"));
  afterEach(() => database.build((knex) => knex("attempts").delete()));

  it("is left for the next purge, which does not wait for the lock", async () => {
    expect(await deleteBesideLock(purge)).toBeUndefined();
    expect(await left()).toEqual(["held"]);
  });

  it("(control) a purge that deletes every expired row waits for the lock", async () => {
    const deleteExpired = (server: Database) =>
      server.build((knex) => knex("attempts").where("window_ends_at", "<", new Date(now)).delete());
    expect(await deleteBesideLock(deleteExpired)).toMatchObject({ kind: "timed_out" });
    expect(await left()).toHaveLength(2);
  });
});
