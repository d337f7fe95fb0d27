/** Broken servers, which the judgement of database faults must find. */
import type { Ledger } from "../../../src/engine/ports/ledger";
import { Refusal, Unavailable } from "../../../src/engine/refusal";
import { type LedgerPorts, makeLedger } from "../../../src/store/ledger";
import type { TestOptions } from "../../../src/testkit";
import { type DatabaseFault, type FaultFigures, measureFault } from "./fault";
import { makeWireFixture, wireFaults, type WireFixture } from "./wire-fixture";

jest.setTimeout(60_000);

/** Measures a fault at a server that is broken on purpose. */
async function measureBrokenServer(options: TestOptions, faultOf: (fixture: () => WireFixture) => DatabaseFault): Promise<FaultFigures> {
  const fixture = await makeWireFixture(options);
  try {
    return await measureFault(
      fixture.polymint,
      fixture.requestToken,
      faultOf(() => fixture),
    );
  } finally {
    await fixture.stop();
  }
}

/** Deliberately wrong: reports an unavailable database as another error. */
function makeMisreportingLedger(wrongly: (away: unknown) => Error): (ports: LedgerPorts) => Ledger {
  return (ports) => {
    const good = makeLedger(ports);
    const record: Ledger["record"] = (...all) =>
      good.record(...all).catch((thrown: unknown) => {
        throw thrown instanceof Unavailable ? wrongly(thrown) : thrown;
      });
    return { ...good, record };
  };
}

describe("the judgement of database faults", () => {
  it("(control) finds a server that reports the fault as bad credentials", async () => {
    const makeBroken = makeMisreportingLedger(() => new Refusal("invalid_client", "the database is away"));
    const { wrong } = await measureBrokenServer({ makeLedger: makeBroken }, wireFaults.reset);
    expect(wrong).toContainEqual(expect.stringMatching(/^abbeycross answered 409 in place of 503/));
  });

  it("(control) finds a server that reports the fault as an internal error", async () => {
    const makeBroken = makeMisreportingLedger(() => new Error("the database is away"));
    const { wrong } = await measureBrokenServer({ makeLedger: makeBroken }, wireFaults.reset);
    expect(wrong).toContainEqual(expect.stringMatching(/^firstvision answered 500 in place of 503/));
  });

  it("(control) finds a server that answers too late", async () => {
    const patient = { connectTimeoutMs: 2_200, statementTimeoutMs: 2_200, requestWaitMs: 60_000 };
    const { wrong } = await measureBrokenServer(patient, wireFaults.silent);
    expect(wrong).toContainEqual(expect.stringMatching(/^\S+ took [2-9]\d{3} ms$/));
  });
});
