import { type Database, openDatabase } from "../../../src/store/database";
import { startPolymint, type TestOptions, type TestPolymint } from "../../../src/testkit";
import { type FaultyWire, makeFaultyWire } from "../../harness/faulty-wire";
import { defaultTimeLimits, type RequestToken, makeRequestToken } from "../../harness/token-requests";
import type { DatabaseFault } from "./fault";

/** A whole Polymint with the limits of a server that is configured with nothing, whose way to the database can be broken. */
export interface WireFixture {
  wire: FaultyWire;
  polymint: TestPolymint;
  ask: RequestToken;
  /** A way to the same database that nothing happens to. */
  other: Database;
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
  const other = openDatabase({ connection: direct, poolMax: 3, connectTimeoutMs: 20_000, statementTimeoutMs: 30_000 });
  return {
    wire,
    polymint,
    other,
    ask: await makeRequestToken(polymint),
    stop: async () => {
      wire.mend();
      await other.close();
      await polymint.stop();
      await wire.close();
    },
  };
}

/** Ways of a network to fail. */
export const wireFaults = {
  refused: makeWireFault("refuses connections", "unreachable", (wire) => wire.refuse()),
  ended: makeWireFault("ends connections", "unreachable", (wire) => wire.cut()),
  reset: makeWireFault("resets connections", "unreachable", (wire) => wire.reset()),
  short: makeWireFault("is cut off in the middle of its answers", "unreachable", (wire) => wire.cutAfter(100)),
  silent: makeWireFault("falls silent", "timed_out", (wire) => wire.silence()),
  silentForGood: makeWireFault(
    "falls silent, for connections from before for good",
    "timed_out",
    (wire) => wire.silence(),
    (wire) => wire.mendForNewcomers(),
  ),
  slow: makeWireFault("is slow", "timed_out", (wire) => wire.slow(700)),
  slowish: makeWireFault("takes half a second for every statement", "timed_out", (wire) => wire.slow(250)),
};

function makeWireFault(
  name: string,
  as: DatabaseFault["as"],
  begin: (wire: FaultyWire) => Promise<void> | void,
  end: (wire: FaultyWire) => void = (wire) => wire.mend(),
): (stand: () => WireFixture) => DatabaseFault {
  return (stand) => ({ name, as, begin: () => begin(stand().wire), end: () => end(stand().wire) });
}
