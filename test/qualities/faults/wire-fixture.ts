/** Faults of the network between Polymint and its database. */
import { type Database, openDatabase } from "../../../src/store/database";
import { startPolymint, type TestOptions, type TestPolymint } from "../../../src/testkit";
import { type FaultyWire, makeFaultyWire } from "../../../src/contract-suite/faulty-wire";
import { defaultTimeLimits, type RequestToken, makeRequestToken } from "../../harness/token-requests";
import type { DatabaseFault } from "./fault";

/** A Polymint with the default time limits, and a connection to its database that can be broken. */
export interface WireFixture {
  wire: FaultyWire;
  polymint: TestPolymint;
  requestToken: RequestToken;
  /** The same database over a connection that no fault touches. */
  directDatabase: Database;
  stop(): Promise<void>;
}

export async function makeWireFixture(options: TestOptions = {}): Promise<WireFixture> {
  const wire = await makeFaultyWire();
  let direct: Record<string, unknown> = {};
  const polymint = await startPolymint({
    ...defaultTimeLimits,
    connectThrough: (connection) => wire.through((direct = connection)),
    ...options,
  });
  const directDatabase = openDatabase({ connection: direct, poolMax: 3, connectTimeoutMs: 20_000, statementTimeoutMs: 30_000 });
  return {
    wire,
    polymint,
    directDatabase,
    requestToken: await makeRequestToken(polymint),
    stop: async () => {
      wire.mend();
      await directDatabase.close();
      await polymint.stop();
      await wire.close();
    },
  };
}

/** Ways in which the network can fail. */
export const wireFaults = {
  refused: makeWireFault("refuses connections", "unreachable", (wire) => wire.refuse()),
  ended: makeWireFault("ends connections", "unreachable", (wire) => wire.cut()),
  reset: makeWireFault("resets connections", "unreachable", (wire) => wire.reset()),
  short: makeWireFault("is cut off in the middle of its answers", "unreachable", (wire) => wire.cutAfter(100)),
  silent: makeWireFault("falls silent", "timed_out", (wire) => wire.silence()),
  silentForGood: makeWireFault(
    "falls silent, and stays so for connections from before",
    "timed_out",
    (wire) => wire.silence(),
    (wire) => wire.mendForNewConnections(),
  ),
  slow: makeWireFault("is slow", "timed_out", (wire) => wire.slow(700)),
  slowish: makeWireFault("takes half a second for every statement", "timed_out", (wire) => wire.slow(250)),
};

function makeWireFault(
  name: string,
  as: DatabaseFault["as"],
  begin: (wire: FaultyWire) => Promise<void> | void,
  end: (wire: FaultyWire) => void = (wire) => wire.mend(),
): (fixture: () => WireFixture) => DatabaseFault {
  return (fixture) => ({ name, as, begin: () => begin(fixture().wire), end: () => end(fixture().wire) });
}
