import type { Ledger } from "../../../src/engine/ports/ledger";
import { Refusal, Unavailable } from "../../../src/engine/refusal";
import { type LedgerPorts, makeLedger } from "../../../src/store/ledger";
import type { TestOptions } from "../../../src/testkit";
import { type DatabaseFault, type FaultFigures, measureFault } from "./fault";
import { makeWireFixture, wireFaults, type WireFixture } from "./wire-fixture";

jest.setTimeout(60_000);

/** What every fault of the database is judged by, at a server that is wrong on purpose. */
async function measureBrokenServer(options: TestOptions, faultOf: (stand: () => WireFixture) => DatabaseFault): Promise<FaultFigures> {
  const stand = await makeWireFixture(options);
  try {
    return await measureFault(
      stand.polymint,
      stand.ask,
      faultOf(() => stand),
    );
  } finally {
    await stand.stop();
  }
}

/** Deliberately wrong: whatever goes wrong while a token is recorded is taken for something else. */
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

describe("what every fault of the database is judged by finds", () => {
  it("a server that takes it for bad credentials", async () => {
    const makeBroken = makeMisreportingLedger(() => new Refusal("invalid_client", "the database is away"));
    const { wrong } = await measureBrokenServer({ makeLedger: makeBroken }, wireFaults.reset);
    expect(wrong).toContainEqual(expect.stringMatching(/^abbeycross answered 409 in place of 503/));
  });

  it("a server that takes it for a bug of its own", async () => {
    const makeBroken = makeMisreportingLedger(() => new Error("who knows"));
    const { wrong } = await measureBrokenServer({ makeLedger: makeBroken }, wireFaults.reset);
    expect(wrong).toContainEqual(expect.stringMatching(/^firstvision answered 500 in place of 503/));
  });

  it("a server that waits for longer", async () => {
    const patient = { connectTimeoutMs: 3_000, statementTimeoutMs: 3_000, requestWaitMs: 60_000 };
    const { wrong } = await measureBrokenServer(patient, wireFaults.silent);
    expect(wrong).toContainEqual(expect.stringMatching(/^\S+ took [3-9]\d{3} ms$/));
  });
});
