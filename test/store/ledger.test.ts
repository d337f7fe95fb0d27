import { randomUUID } from "node:crypto";
import { makeJti } from "../../src/engine/jti";
import type { Ledger, LedgerEntry } from "../../src/engine/ports/ledger";
import type { AssertionUse } from "../../src/engine/redemption";
import type { Database } from "../../src/store/database";
import { makeLedger } from "../../src/store/ledger";
import { makeLedgerReader } from "../../src/store/ledger/reader";
import { recordSpendingStatement, toJson } from "../../src/store/ledger/rows";
import { makePartitions } from "../../src/store/ledger/partitions";
import {
  makeAssertionUse,
  daySeconds,
  makeLedgerEntry,
  findInLedger,
  makeOwnDatabase,
  now,
  type OwnDatabase,
} from "../harness/own-database";

let own: OwnDatabase;
let database: Database;

beforeAll(async () => {
  own = await makeOwnDatabase();
  database = own.open();
});
afterAll(() => own.drop());

/** The id of a signing key that was never withdrawn. */
const kid = "kid";
const ledgerOn = (on: Database) => makeLedger({ database: on, partitions: makePartitions(on) });

describe("the ledger", () => {
  it("commits each of 500 rows that are recorded at once", async () => {
    const ledger = ledgerOn(database);
    const rows = Array.from({ length: 500 }, () => makeLedgerEntry());
    const outcomes = await Promise.all(rows.map((row) => ledger.record(row)));
    expect(outcomes).toEqual(rows.map(() => "recorded"));
    // Through other connections, which see committed rows only.
    expect(
      await findInLedger(
        own.open(),
        rows.map(({ jti }) => jti),
      ),
    ).toEqual(new Set(rows.map(({ jti }) => jti)));
  });

  it("stores every field unchanged", async () => {
    const family = { family: randomUUID(), steppedUpUntil: now / 1000 + 900 };
    const row = makeLedgerEntry({ subject: `s"\\{},'é NULL`, actor: "NULL", scope: "", contract: "{}", clientId: "a,b", ...family });
    await ledgerOn(database).record(row);
    expect(await makeLedgerReader(database).find({ ...row, kid })).toMatchObject({ ...row, revokedAt: null });
  });

  it("writes up to 64 rows with one statement when they are recorded at once", async () => {
    const statements: string[] = [];
    const counted = own.open({ onStatement: (sql) => statements.push(sql) });
    const ledger = ledgerOn(counted);
    await ledger.record(makeLedgerEntry());
    statements.length = 0;
    await Promise.all(Array.from({ length: 500 }, () => ledger.record(makeLedgerEntry())));
    expect(statements).toHaveLength(Math.ceil(500 / 64));
  });

  it.each([
    ["a NUL byte in its scope", { scope: "a\0b" }],
    ["a jti that is no UUID", { jti: "not-a-uuid" }],
    ["a time that no date can name", { expiresAt: 1e300 }],
    ["a jti that exists already", {}],
  ])("rejects a row with %s and writes the rows beside it", async (_what, fields) => {
    const ledger = ledgerOn(database);
    const twice = makeLedgerEntry();
    await ledger.record(twice);
    const bad = Object.keys(fields).length === 0 ? twice : makeLedgerEntry(fields);
    const rows = [...Array.from({ length: 30 }, () => makeLedgerEntry()), bad, ...Array.from({ length: 30 }, () => makeLedgerEntry())];
    const outcomes = await Promise.allSettled(rows.map((row) => ledger.record(row)));
    const rejected = rows.filter((_row, at) => outcomes[at]?.status === "rejected");
    expect(rejected).toEqual([bad]);
    const good = rows.filter((row) => row !== bad).map(({ jti }) => jti);
    expect(await findInLedger(database, good)).toEqual(new Set(good));
    expect(await ledger.record(makeLedgerEntry())).toBe("recorded");
  });

  it("does not spend the assertion of a row that failed", async () => {
    const ledger = ledgerOn(database);
    const use = makeAssertionUse(randomUUID());
    await expect(ledger.record(makeLedgerEntry({ scope: "\0" }), { assertions: [use] })).rejects.toThrow();
    expect(await ledger.record(makeLedgerEntry(), { assertions: [use] })).toBe("recorded");
    expect(await ledger.record(makeLedgerEntry(), { assertions: [use] })).toBe("replayed");
  });

  it("has written every row when drain resolves", async () => {
    const ledger = ledgerOn(database);
    const rows = Array.from({ length: 200 }, () => makeLedgerEntry());
    const records = rows.map((row) => ledger.record(row));
    await ledger.drain();
    expect(
      (
        await findInLedger(
          database,
          rows.map(({ jti }) => jti),
        )
      ).size,
    ).toBe(200);
    await Promise.all(records);
    await ledger.drain();
  });

  it("writes tokens that expire on days without a partition", async () => {
    const ledger = ledgerOn(database);
    const rows = [40, 41, 400].map((days) => makeLedgerEntry({ expiresAt: now / 1000 + days * daySeconds }));
    await Promise.all(rows.map((row) => ledger.record(row)));
    const reader = makeLedgerReader(database);
    for (const row of rows)
      expect(await reader.find({ ...row, kid })).toMatchObject({ ...row, family: null, steppedUpUntil: null, revokedAt: null });
    const days = await makePartitions(database).listDays();
    for (const row of rows) expect(days).toContain(Math.floor(row.expiresAt / daySeconds));
  });

  it("creates a partition again that another server dropped, and writes every row of the batch", async () => {
    const ledger = ledgerOn(database);
    const expiresAt = now / 1000 + 60 * daySeconds;
    const day = new Date(expiresAt * 1000).toISOString().slice(0, 10).replaceAll("-", "");
    await ledger.record(makeLedgerEntry({ expiresAt }));
    await own.open().build((knex) => knex.raw(`DROP TABLE issued_tokens_${day}`));
    const rows = [makeLedgerEntry({ expiresAt }), makeLedgerEntry(), makeLedgerEntry({ expiresAt })];
    expect(await Promise.all(rows.map((row) => ledger.record(row)))).toEqual(["recorded", "recorded", "recorded"]);
    expect(
      (
        await findInLedger(
          database,
          rows.map(({ jti }) => jti),
        )
      ).size,
    ).toBe(3);
  });
});

describe("an assertion", () => {
  type Record = (row: LedgerEntry, use?: AssertionUse) => ReturnType<Ledger["record"]>;

  /** Two servers use each of 40 assertions at the same time. @returns how many tokens each assertion led to */
  async function race(makeServer: (on: Database) => Record): Promise<number[]> {
    const servers = [makeServer(own.open()), makeServer(own.open())];
    await Promise.all(servers.map((record) => record(makeLedgerEntry())));
    const uses = Array.from({ length: 40 }, () => makeAssertionUse(randomUUID()));
    const counts = uses.map(async (use) => {
      const outcomes = await Promise.all(servers.map((record) => record(makeLedgerEntry(), use)));
      return outcomes.filter((outcome) => outcome === "recorded").length;
    });
    return Promise.all(counts);
  }

  /** Deliberately wrong: looks for the assertion first and spends it afterwards. */
  function checkThenInsert(on: Database): Record {
    const ledger = ledgerOn(on);
    return async (row, use) => {
      if (use !== undefined) {
        const { clientId: client_id, jti, expiresAt } = use;
        const found = await on.build((knex) => knex("used_assertions").where({ client_id, jti }).pluck<string[]>("jti"));
        if (found.length > 0) return "replayed";
        const spent = { client_id, jti, expires_at: new Date(expiresAt * 1000) };
        await on.build((knex) => knex("used_assertions").insert(spent).onConflict().ignore());
      }
      return ledger.record(row);
    };
  }

  it("leads to one token when two servers use it at the same time", async () => {
    const counts = await race((on) => {
      const ledger = ledgerOn(on);
      return (row, use) => ledger.record(row, use && { assertions: [use] });
    });
    expect(counts).toEqual(counts.map(() => 1));
  });

  it("(control) leads to two tokens when it is looked up first and spent afterwards", async () => {
    expect(await race(checkThenInsert)).toContain(2);
  });

  it("leads to one token when one server uses it three times at once", async () => {
    const ledger = ledgerOn(database);
    const uses = Array.from({ length: 100 }, () => makeAssertionUse(randomUUID()));
    const outcomes = await Promise.all(
      uses.flatMap((use) => [use, use, use]).map((use) => ledger.record(makeLedgerEntry(), { assertions: [use] })),
    );
    expect(outcomes.filter((outcome) => outcome === "recorded")).toHaveLength(100);
    expect(outcomes.filter((outcome) => outcome === "replayed")).toHaveLength(200);
  });

  it("(control) leads to two tokens when one statement spends it twice", async () => {
    const spends = makeAssertionUse(randomUUID());
    const rows = [makeLedgerEntry(), makeLedgerEntry()].map((row) => ({ entry: row, spends }));
    const { rows: written } = await database.query(recordSpendingStatement, [toJson(rows)]);
    expect(written).toHaveLength(2);
  });

  it("writes no row for the token of a second use", async () => {
    const ledger = ledgerOn(database);
    const use = makeAssertionUse(randomUUID());
    const [first, second] = [makeLedgerEntry(), makeLedgerEntry()];
    expect(await ledger.record(first, { assertions: [use] })).toBe("recorded");
    expect(await ledger.record(second, { assertions: [use] })).toBe("replayed");
    expect(await findInLedger(database, [first.jti, second.jti])).toEqual(new Set([first.jti]));
  });

  it("is spent beside another one in the same request, and neither is where one of them was spent before", async () => {
    const ledger = ledgerOn(database);
    const [own, grants, next] = [makeAssertionUse(randomUUID()), makeAssertionUse(randomUUID()), makeAssertionUse(randomUUID())];
    const both = makeLedgerEntry();
    expect(await ledger.record(both, { assertions: [own, grants] })).toBe("recorded");
    expect(await ledger.record(makeLedgerEntry(), { assertions: [own] })).toBe("replayed");
    expect(await ledger.record(makeLedgerEntry(), { assertions: [grants] })).toBe("replayed");
    const [late, early] = [makeLedgerEntry(), makeLedgerEntry()];
    expect(await ledger.record(late, { assertions: [next, grants] })).toBe("replayed");
    expect(await ledger.record(early, { assertions: [next] })).toBe("recorded");
    expect(await findInLedger(database, [both.jti, late.jti, early.jti])).toEqual(new Set([both.jti, early.jti]));
  });

  it("leads to one token per client when two clients use the same jti", async () => {
    const ledger = ledgerOn(database);
    const jti = randomUUID();
    expect(await ledger.record(makeLedgerEntry(), { assertions: [makeAssertionUse(jti)] })).toBe("recorded");
    expect(await ledger.record(makeLedgerEntry(), { assertions: [makeAssertionUse(jti, { clientId: "another" })] })).toBe("recorded");
  });
});

describe("the ledger's reader", () => {
  it("revokes a token for good, keeps the time of the first revocation, and finds no other token", async () => {
    const row = makeLedgerEntry();
    await ledgerOn(database).record(row);
    const reader = makeLedgerReader(database);
    const at = now / 1000 + 5;
    expect(await reader.revoke(row.jti, row.expiresAt, at)).toBe(true);
    expect(await reader.revoke(row.jti, row.expiresAt, at + 5)).toBe(true);
    expect(await reader.revokeByJti(row.jti, at + 9)).toBe(true);
    expect(await reader.find({ ...row, kid })).toMatchObject({ ...row, family: null, steppedUpUntil: null, revokedAt: at });
    expect(await reader.findByJti(row.jti)).toEqual({ ...row, family: null, steppedUpUntil: null, revokedAt: at });
    for (const other of [makeJti(now), "no-uuid", ""]) {
      expect(await reader.revoke(other, row.expiresAt, at)).toBe(false);
      expect(await reader.revokeByJti(other, at)).toBe(false);
      expect(await reader.find({ ...row, kid, jti: other })).toBeUndefined();
      expect(await reader.findByJti(other)).toBeUndefined();
    }
    expect(await reader.find({ ...row, kid, expiresAt: row.expiresAt + 1 })).toBeUndefined();
  });

  it("lists a client's tokens newest first, filtered by validity, contract and number", async () => {
    const clientId = randomUUID();
    const ledger = ledgerOn(database);
    const [old, fresh, revoked] = [
      makeLedgerEntry({ clientId, jti: makeJti(now - 2000), expiresAt: now / 1000 - 1 }),
      makeLedgerEntry({ clientId, jti: makeJti(now - 1000) }),
      makeLedgerEntry({ clientId, jti: makeJti(now), contract: "raidiam" }),
    ] as const;
    for (const row of [fresh, old, revoked]) await ledger.record(row);
    const reader = makeLedgerReader(database);
    await reader.revoke(revoked.jti, revoked.expiresAt, now / 1000);
    const listJtis = async (filter: object) => (await reader.list({ clientId, limit: 10, ...filter }, now)).map(({ jti }) => jti);
    expect(await listJtis({})).toEqual([revoked.jti, fresh.jti, old.jti]);
    expect(await listJtis({ active: true })).toEqual([fresh.jti]);
    expect(await listJtis({ active: false })).toEqual([revoked.jti, old.jti]);
    expect(await listJtis({ contract: "raidiam" })).toEqual([revoked.jti]);
    expect(await listJtis({ limit: 1 })).toEqual([revoked.jti]);
  });
});
