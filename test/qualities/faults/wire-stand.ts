import { type Database, openDatabase } from "../../../src/store/database";
import { startPolymint, type TestOptions, type TestPolymint } from "../../../src/testkit";
import { type FaultyWire, makeFaultyWire } from "../../harness/faulty-wire";
import { defaultTimeLimits, type RequestToken, makeRequestToken } from "../../harness/token-requests";
import type { Fault } from "./fault";

/** A whole Polymint with the limits of a server that is configured with nothing, whose way to the database can be broken. */
export interface WireStand {
  wire: FaultyWire;
  polymint: TestPolymint;
  ask: RequestToken;
  /** A way to the same database that nothing happens to. */
  other: Database;
  stop(): Promise<void>;
}

export async function makeWireStand(options: TestOptions = {}): Promise<WireStand> {
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
  refused: fault("refuses connections", "unreachable", (wire) => wire.refuse()),
  ended: fault("ends connections", "unreachable", (wire) => wire.cut()),
  reset: fault("resets connections", "unreachable", (wire) => wire.reset()),
  short: fault("is cut off in the middle of its answers", "unreachable", (wire) => wire.cutAfter(100)),
  silent: fault("falls silent", "timed_out", (wire) => wire.silence()),
  silentForGood: fault(
    "falls silent, for connections from before for good",
    "timed_out",
    (wire) => wire.silence(),
    (wire) => wire.mendForNewcomers(),
  ),
  slow: fault("is slow", "timed_out", (wire) => wire.slow(700)),
  slowish: fault("takes half a second for every statement", "timed_out", (wire) => wire.slow(250)),
};

function fault(
  name: string,
  as: Fault["as"],
  begin: (wire: FaultyWire) => Promise<void> | void,
  end: (wire: FaultyWire) => void = (wire) => wire.mend(),
): (stand: () => WireStand) => Fault {
  return (stand) => ({ name, as, begin: () => begin(stand().wire), end: () => end(stand().wire) });
}
