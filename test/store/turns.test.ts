import type { Database } from "../../src/store/database";
import { takeTurn } from "../../src/store/database/turns";
import { makeSigningKeys } from "../../src/store/signing-keys";
import { waitForEndOrLock } from "../harness/lock-waits";
import { makeOwnDatabase, type OwnDatabase, rejectionOf } from "../harness/own-database";

let own: OwnDatabase;
let [holder, waiter, watcher]: Database[] = [];

beforeAll(async () => {
  own = await makeOwnDatabase();
});
beforeEach(() => ([holder, waiter, watcher] = [own.open(), own.open(), own.open()]));
afterEach(() => own.close());
afterAll(() => own.drop());

type Step = (on: Database, hold: () => Promise<void>) => Promise<unknown>;

const takeOne: Step = (on, hold) => on.transact(async (within) => takeTurn(within, "subject_ids").then(hold));
const changeKeys: Step = (on, hold) => makeSigningKeys(on).changeExclusively(async (changes) => changes.list().then(hold));
/** What a server did before there were turns. */
const lockKeys: Step = (on, hold) =>
  on.transaction(async (transaction) => {
    await transaction.raw("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE");
    await transaction.raw("SELECT kid FROM signing_keys");
    await hold();
  });
/** Deliberately wrong: takes no turn. */
const listKeys: Step = (on, hold) => on.transact(async () => makeSigningKeys(on).list().then(hold));

/** Two servers do something at once. @param end how the first one ends @returns whether the second had waited for that */
async function isWaitedFor(first: Step, second: Step, end: "commits" | "rolls back" | "dies"): Promise<boolean> {
  let ended = false;
  let later: Promise<boolean> | undefined;
  const held = first(holder as Database, async () => {
    later = second(waiter as Database, () => Promise.resolve()).then(() => ended);
    await waitForEndOrLock(watcher as Database, "", later);
    ended = true;
    if (end === "rolls back") throw new Error(end);
    if (end === "dies") await killHolders();
  });
  await held.catch(() => undefined);
  return (await later) ?? false;
}

/** As when the holder's process is killed: its session ends in the middle of the transaction. */
async function killHolders(): Promise<void> {
  const text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
  await watcher?.build((knex) => knex.raw(text));
}

describe("a turn", () => {
  it.each(["commits", "rolls back", "dies"] as const)("is waited for until its holder %s", async (end) => {
    expect(await isWaitedFor(takeOne, takeOne, end)).toBe(true);
  });

  it("of another kind is not waited for", async () => {
    expect(await isWaitedFor(takeOne, changeKeys, "commits")).toBe(false);
  });

  it.each([
    ["a server waits for another", changeKeys, changeKeys, true],
    ["a server waits for one from before there were turns", lockKeys, changeKeys, true],
    ["a server from before there were turns waits for one", changeKeys, lockKeys, true],
    ["(control) a server that takes no turn does not wait", changeKeys, listKeys, false],
  ] as const)("of keys: %s", async (_title, first, second, waits) => {
    expect(await isWaitedFor(first, second, "commits")).toBe(waits);
  });

  it("without its row is refused, and the error says how to get the row back", async () => {
    await holder?.build((knex) => knex("turns").where({ name: "subject_ids" }).delete());
    const error = await rejectionOf(takeOne(holder as Database, () => Promise.resolve()));
    const [cure] = /INSERT .*/.exec(String(error)) ?? [];
    await holder?.build((knex) => knex.raw(cure ?? ""));
    await takeOne(holder as Database, () => Promise.resolve());
  });
});
