import { startPolymint, type TestOptions, type TestPolymint } from "../testkit";
import { type FaultyWire, makeFaultyWire } from "./faulty-wire";

/** A server whose connections to the database go through a wire that can be cut, silenced or slowed. */
interface FaultyPolymint {
  polymint: TestPolymint;
  wire: FaultyWire;
  /** Mends the wire and stops the server. */
  stop: () => Promise<void>;
}

type StartPolymint = (options: TestOptions) => Promise<TestPolymint>;

/** @param start in place of `startPolymint` */
export async function startFaultyPolymint(options: TestOptions = {}, start: StartPolymint = startPolymint): Promise<FaultyPolymint> {
  const wire = await makeFaultyWire();
  const polymint = await start({ ...options, connectThrough: (connection) => wire.through(connection) }).catch(async (error: unknown) => {
    await wire.close();
    throw error;
  });
  return {
    polymint,
    wire,
    stop: async () => {
      wire.mend();
      await polymint.stop();
      await wire.close();
    },
  };
}
