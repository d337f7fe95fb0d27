import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "../../../src/engine/ports/ledger";
import { type LedgerPorts, makeLedger } from "../../../src/store/ledger";
import { type ScreeningEagleApp, expectTokens, registerApp } from "../../harness/screening-eagle-app";
import { makeWireFixture, type WireFixture } from "./wire-fixture";

/** Each way; a redemption takes some ten answers of the database, one after the other, and so too long. */
const slowByMs = 100;

interface RedeemedTwice {
  /** Of the request that was given up, and of the next one with the same code. */
  statuses: number[];
  /** Families of tokens that the code led to and that still stand. */
  families: number;
}

/** Redeems a code while the database is slow, lets what was begun come to its end, and redeems the code again. */
async function redeemTwice(stand: WireFixture, app: ScreeningEagleApp): Promise<RedeemedTwice> {
  const granted = await app.authorize();
  const before = await countLiveFamilies(stand);
  stand.wire.slow(slowByMs);
  const first = await app.redeem(granted);
  stand.wire.slow(0);
  await waitUntilIdle(stand);
  const second = await app.redeem(granted);
  return { statuses: [first.status, second.status], families: (await countLiveFamilies(stand)) - before };
}

async function countLiveFamilies({ other }: WireFixture): Promise<number> {
  return (await other.build((knex) => knex("token_families").whereNull("revoked_at").pluck<string[]>("id"))).length;
}

/** What was begun for somebody who was given up is over when nothing was sent to the database for a while. */
async function waitUntilIdle({ polymint }: WireFixture): Promise<void> {
  for (let sent = -1; sent !== polymint.statements.length;) {
    sent = polymint.statements.length;
    await sleep(5 * slowByMs);
  }
}

describe("a code that was being redeemed when its request was given up", () => {
  let stand: WireFixture;
  let app: ScreeningEagleApp;
  beforeAll(async () => {
    stand = await makeWireFixture({ requestWaitMs: 600 });
    app = await registerApp(stand.polymint);
    await app.tokens();
  });
  afterAll(() => stand.stop());

  it("serves the next request", async () => {
    expect(await redeemTwice(stand, app)).toEqual({ statuses: [500, 200], families: 1 });
  });

  it("serves a next request that does not wait for the end of the first, and what it gives stands", async () => {
    const granted = await app.authorize();
    const before = await countLiveFamilies(stand);
    stand.wire.slow(slowByMs);
    expect((await app.redeem(granted)).status).toBe(500);
    stand.wire.slow(0);
    await expectTokens(app.redeem(granted));
    await waitUntilIdle(stand);
    expect((await countLiveFamilies(stand)) - before).toBe(1);
  });
});

describe("a server whose connections are all taken by what is slow", () => {
  it("says that it is not ready, in the words of that answer", async () => {
    const stand = await makeWireFixture({ poolMax: 1 });
    try {
      await stand.ask("abbeycross");
      stand.wire.slow(350);
      const others = Array.from({ length: 4 }, () => stand.ask("screening-eagle"));
      await sleep(slowByMs);
      const ready = await fetch(`${stand.polymint.url}/health/ready`);
      await Promise.all(others);
      expect([ready.status, await ready.json()]).toEqual([503, { status: "not_ready", checks: { serving: "ok", database: "failing" } }]);
    } finally {
      await stand.stop();
    }
  });
});

describe("a ledger that does not ask whether anybody still waits", () => {
  it("would have used the code up for nobody, and taken the next request for a thief's", async () => {
    const heedless = (ports: LedgerPorts): Ledger => {
      const ledger = makeLedger(ports);
      // Deliberately wrong: the caller is not passed on.
      return { ...ledger, record: (entry, spends) => ledger.record(entry, spends) };
    };
    const stand = await makeWireFixture({ requestWaitMs: 600, makeLedger: heedless });
    try {
      const app = await registerApp(stand.polymint);
      await app.tokens();
      expect(await redeemTwice(stand, app)).toEqual({ statuses: [500, 400], families: 0 });
    } finally {
      await stand.stop();
    }
  });
});
