import { randomBytes, randomUUID } from "node:crypto";
import type { LedgerEntry } from "../../src/engine/ports/ledger";
import type { Database } from "../../src/store/database";
import { runInTransaction } from "../../src/store/database/single-transaction";
import { makeLedger } from "../../src/store/ledger";
import { makePartitions, toEpochDay } from "../../src/store/ledger/partitions";
import { makeLedgerReader } from "../../src/store/ledger/reader";
import { makeAuthorizationCodes } from "../../src/store/people/authorization-codes";
import { makeConsentAdmin } from "../../src/store/people/consent-admin";
import { makeConsents } from "../../src/store/people/consents";
import { makeDeviceCodes } from "../../src/store/people/device-codes";
import { makePeople } from "../../src/store/people/people";
import { makeSessions } from "../../src/store/people/sessions";
import { waitForEndOrLock, waitForLockOn } from "../harness/lock-waits";
import { makeLedgerEntry, makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";

let own: OwnDatabase;
/** The command and the server have connections of their own. */
let command: Database;
let server: Database;
let watcher: Database;

beforeAll(async () => {
  own = await makeOwnDatabase();
  [command, server, watcher] = [own.open(), own.open(), own.open()];
  const made = { name: "x", dialects: [], grants: [], auth_methods: [], created_at: new Date(now), updated_at: new Date(now) };
  await server.build((knex) => knex("clients").insert({ id: "app", ...made }));
});
afterAll(() => own.drop());

const seconds = now / 1000;
const passwordHash = "the hash of the old password";

/** A person who is logged in and has consented. */
async function makePerson(): Promise<{ id: string; session: Buffer }> {
  const person = { email: `${randomUUID()}@example.net`, passwordHash, firstName: "A", lastName: "B" };
  const { id } = await makePeople(server).create(person, now);
  const session = randomBytes(32);
  expect(await makeSessions(server).start(session, { personId: id, passwordHash }, now)).toBe(true);
  await makeConsents(server).addScopes(id, "app", ["openid", "offline"], now);
  return { id, session };
}

type Person = Awaited<ReturnType<typeof makePerson>>;

function makeCode({ id }: Person) {
  const family = { id: randomUUID(), clientId: "app", personId: id, scope: ["openid"], authTime: seconds, expiresAt: seconds + 3600 };
  return { family, redirectUri: "https://app.example", codeChallenge: "x", nonce: null, expiresAt: seconds + 60 };
}

type Write = (on: Database, person: Person) => Promise<unknown>;

/** What a server writes for a person; the stores of the server, and stores that write without asking first. */
interface Writer {
  /** The table whose lock puts it and the command into an order. */
  table: string;
  write: Write;
  writeBlindly: Write;
  /** Counts what was written and would be accepted. */
  count: (person: Person) => Promise<number>;
}

const countRows = async (table: string, where: Record<string, unknown>): Promise<number> =>
  (await watcher.build((knex) => knex(table).where(where).pluck<unknown[]>("digest"))).length;

async function makeDevice(): Promise<string> {
  const userCode = randomUUID();
  const device = { digest: randomBytes(32), userCode, clientId: "app", scope: [], intervalSeconds: 5, expiresAt: seconds + 600 };
  await makeDeviceCodes(watcher).create(device, now);
  return userCode;
}

const writers: Record<"a session" | "a code" | "an approval", Writer> = {
  "a session": {
    table: "people",
    write: (on, { id }) => makeSessions(on).start(randomBytes(32), { personId: id, passwordHash }, now),
    writeBlindly: (on, { id }) => {
      const times = { auth_time: new Date(now), last_used_at: new Date(now), expires_at: new Date(now + 1000) };
      return on.build((knex) => knex("sessions").insert({ digest: randomBytes(32), person_id: id, ...times }));
    },
    count: ({ id }) => countRows("sessions", { person_id: id }),
  },
  "a code": {
    table: "sessions",
    write: (on, person) => makeAuthorizationCodes(on).issue(randomBytes(32), makeCode(person), person.session, now),
    writeBlindly: (on, { id }) => {
      const facts = { client_id: "app", person_id: id, scope: "openid", redirect_uri: "https://app.example", code_challenge: "x" };
      const times = { auth_time: new Date(now), family_expires_at: new Date(now), created_at: new Date(now), expires_at: new Date(now) };
      return on.build((knex) => knex("authorization_codes").insert({ digest: randomBytes(32), family: randomUUID(), ...facts, ...times }));
    },
    count: ({ id }) => countRows("authorization_codes", { person_id: id }),
  },
  "an approval": {
    table: "sessions",
    async write(on, { id, session }) {
      const decision = { approved: true, personId: id, session, authTime: seconds, scope: [] };
      return makeDeviceCodes(on).decide(await makeDevice(), decision, now);
    },
    async writeBlindly(on, { id }) {
      const user_code = await makeDevice();
      return on.build((knex) => knex("device_codes").where({ user_code }).update({ status: "approved", person_id: id }));
    },
    count: ({ id }) => countRows("device_codes", { person_id: id, status: "approved" }),
  },
};

const setPassword = (on: Database, { id }: Person) => makePeople(on).setPassword(id, "another hash", now);

/** The server writes while the command has done its work and not committed yet. @returns how much of it is left */
async function writeDuring({ table, count }: Writer, write: Write): Promise<number> {
  const person = await makePerson();
  const written = await runInTransaction(command, false, async (within) => {
    await setPassword(within, person);
    const writing = write(server, person);
    await waitForEndOrLock(watcher, table, writing);
    return [writing];
  });
  await Promise.all(written);
  return count(person);
}

/** The command starts while the server has written and not committed yet. @returns how much of what was written is left */
async function writeBefore({ table, count }: Writer, write: Write): Promise<number> {
  const person = await makePerson();
  const ending = await runInTransaction(server, false, async (within) => {
    await write(within, person);
    const changing = setPassword(command, person);
    await waitForEndOrLock(watcher, table, changing);
    return [changing];
  });
  await Promise.all(ending);
  return count(person);
}

describe.each(Object.entries(writers))("%s that is written while the password is changed", (_what, writer) => {
  it("is not there afterwards, whichever of the two comes first", async () => {
    expect(await writeDuring(writer, writer.write)).toBe(0);
    expect(await writeBefore(writer, writer.write)).toBe(0);
  });

  it("(control) is there afterwards if the server writes it without asking", async () => {
    expect(await writeDuring(writer, writer.writeBlindly)).toBe(1);
  });
});

describe("a code that is issued while the consent is revoked", () => {
  it("is not there afterwards, whichever of the two comes first", async () => {
    const { write, count, table } = writers["a code"];
    const revoke = (on: Database, { id }: Person) => makeConsentAdmin(on).revoke(id, "app", now);
    const first = await makePerson();
    const [writing] = await runInTransaction(command, false, async (within) => {
      await revoke(within, first);
      const written = write(server, first);
      await waitForEndOrLock(watcher, table, written);
      return [written];
    });
    expect(await writing).toBe(false);
    const second = await makePerson();
    const [revoking] = await runInTransaction(server, false, async (within) => {
      expect(await write(within, second)).toBe(true);
      const revoked = revoke(command, second);
      await waitForEndOrLock(watcher, "consents", revoked);
      return [revoked];
    });
    expect(await revoking).toMatchObject({ codes: 1 });
    expect([await count(first), await count(second)]).toEqual([0, 0]);
  });
});

describe("a code that is redeemed while the password is changed", () => {
  /** Stops the redemption when it has spent the code, and runs the change meanwhile. @returns when the token was revoked */
  async function changeDuringRedemption(change: (on: Database, person: Person) => Promise<unknown>): Promise<number | null | undefined> {
    const person = await makePerson();
    const [digest, code] = [randomBytes(32), makeCode(person)];
    expect(await makeAuthorizationCodes(server).issue(digest, code, person.session, now)).toBe(true);
    const row: LedgerEntry = makeLedgerEntry({ clientId: "app", subject: person.id, grant: "authorization_code", family: code.family.id });
    const partitions = makePartitions(server);
    await partitions.ensureDay(toEpochDay(row.expiresAt));
    const ledger = makeLedger({ database: server, partitions });
    const [outcome, changed] = await own.open().transaction(async (transaction) => {
      // The redemption adds a family of the same id, so it waits until this one is gone.
      const { id, clientId: client_id, personId: person_id } = code.family;
      const times = { auth_time: new Date(now), created_at: new Date(now), expires_at: new Date(now) };
      await transaction("token_families").insert({ id, client_id, person_id, scope: "", ...times });
      const redemption = ledger.record(row, { redemption: { kind: "authorization_code", digest, family: code.family } });
      await waitForLockOn(watcher, "INSERT INTO token_families");
      const changing = change(command, person);
      await waitForEndOrLock(watcher, 'delete from "authorization_codes"', changing);
      await transaction("token_families").where({ id }).delete();
      return [[redemption], [changing]];
    });
    expect(await outcome[0]).toBe("recorded");
    await changed[0];
    return (await makeLedgerReader(watcher).find({ ...row, kid: "kid" }))?.revokedAt;
  }

  it("yields a token that is revoked", async () => {
    expect(await changeDuringRedemption(setPassword)).toBe(seconds);
  });

  it("(control) yields a valid token if the change looks at families only", async () => {
    const revokeFamilies = (on: Database, { id }: Person) =>
      on.build((knex) =>
        knex("token_families")
          .where("person_id", id)
          .update({ revoked_at: new Date(now) }),
      );
    expect(await changeDuringRedemption(revokeFamilies)).toBeNull();
  });
});
