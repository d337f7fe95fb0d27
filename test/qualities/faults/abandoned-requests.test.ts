/** Requests that the server gave up while the database was slow. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "../../../src/engine/ports/ledger";
import { type LedgerPorts, makeLedger } from "../../../src/store/ledger";
import { type ScreeningEagleApp, expectTokens, registerApp } from "../../harness/screening-eagle-app";
import { makeWireFixture, type WireFixture } from "./wire-fixture";

/** Milliseconds, each way. A redemption takes four round trips or more, so that it takes too long. */
const slowByMs = 100;

interface RedeemedTwice {
  /** The status of the request that was given up, and of the next one with the same code. */
  statuses: number[];
  /** Token families that were made from the code and are not revoked. */
  families: number;
}

/** Redeems a code while the database is slow, waits for the database work to end, and redeems the code again. */
async function redeemTwice(fixture: WireFixture, app: ScreeningEagleApp): Promise<RedeemedTwice> {
  const granted = await app.authorize();
  const before = await countLiveFamilies(fixture);
  fixture.wire.slow(slowByMs);
  const first = await app.redeem(granted);
  fixture.wire.slow(0);
  await waitUntilIdle(fixture);
  const second = await app.redeem(granted);
  return { statuses: [first.status, second.status], families: (await countLiveFamilies(fixture)) - before };
}

async function countLiveFamilies({ directDatabase }: WireFixture): Promise<number> {
  return (await directDatabase.build((knex) => knex("token_families").whereNull("revoked_at").pluck<string[]>("id"))).length;
}

/** The work for an abandoned request has ended when the server has sent no statement for a while. */
async function waitUntilIdle({ polymint }: WireFixture): Promise<void> {
  for (let sent = -1; sent !== polymint.statements.length;) {
    sent = polymint.statements.length;
    await sleep(5 * slowByMs);
  }
}

describe("a code whose redemption the server gave up", () => {
  let fixture: WireFixture;
  let app: ScreeningEagleApp;
  beforeAll(async () => {
    fixture = await makeWireFixture({ requestWaitMs: 500 });
    app = await registerApp(fixture.polymint);
    await app.tokens();
  });
  afterAll(() => fixture.stop());

  it("can be redeemed by the next request", async () => {
    expect(await redeemTwice(fixture, app)).toEqual({ statuses: [500, 200], families: 1 });
  });

  it("can be redeemed before the first request has ended, and that token family stays valid", async () => {
    const granted = await app.authorize();
    const before = await countLiveFamilies(fixture);
    fixture.wire.slow(slowByMs);
    expect((await app.redeem(granted)).status).toBe(500);
    fixture.wire.slow(0);
    await expectTokens(app.redeem(granted));
    await waitUntilIdle(fixture);
    expect((await countLiveFamilies(fixture)) - before).toBe(1);
  });
});

describe("a server whose database connections are all busy with slow statements", () => {
  it("answers /health/ready with not_ready", async () => {
    const fixture = await makeWireFixture({ poolMax: 1 });
    try {
      await fixture.requestToken("abbeycross");
      fixture.wire.slow(350);
      const others = Array.from({ length: 4 }, () => fixture.requestToken("screening-eagle"));
      await sleep(slowByMs);
      const ready = await fetch(`${fixture.polymint.url}/health/ready`);
      await Promise.all(others);
      expect([ready.status, await ready.json()]).toEqual([503, { status: "not_ready", checks: { serving: "ok", database: "failing" } }]);
    } finally {
      await fixture.stop();
    }
  });
});

describe("a ledger that does not check whether the caller still waits", () => {
  it("(control) spends the code for the abandoned request and takes the next one for a theft", async () => {
    const makeHeedlessLedger = (ports: LedgerPorts): Ledger => {
      const ledger = makeLedger(ports);
      // Deliberately wrong: the caller is not passed on.
      return { ...ledger, record: (entry, spends) => ledger.record(entry, spends) };
    };
    const fixture = await makeWireFixture({ requestWaitMs: 500, makeLedger: makeHeedlessLedger });
    try {
      const app = await registerApp(fixture.polymint);
      await app.tokens();
      expect(await redeemTwice(fixture, app)).toEqual({ statuses: [500, 400], families: 0 });
    } finally {
      await fixture.stop();
    }
  });
});
