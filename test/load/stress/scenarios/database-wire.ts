import type { Outcome } from "../scenario";
import { measureFaultUnderLoad, makeOutcome, type FaultLoad } from "../../../qualities/faults/load";
import { makeWireFixture, wireFaults } from "../../../qualities/faults/wire-fixture";

const load: FaultLoad = { callers: 50, beforeMs: 1_000, duringMs: 4_000 };

async function measureScenario(make: (typeof wireFaults)[keyof typeof wireFaults]): Promise<Outcome> {
  const stand = await makeWireFixture();
  try {
    return makeOutcome(
      await measureFaultUnderLoad(
        stand,
        make(() => stand),
        load,
      ),
    );
  } finally {
    await stand.stop();
  }
}

/** The network to the database fails while fifty callers request tokens by all contracts. */
export const databaseRefused = () => measureScenario(wireFaults.refused);
export const databaseEnded = () => measureScenario(wireFaults.ended);
export const databaseReset = () => measureScenario(wireFaults.reset);
export const databaseShort = () => measureScenario(wireFaults.short);
export const databaseSilent = () => measureScenario(wireFaults.silent);
export const databaseSilentForGood = () => measureScenario(wireFaults.silentForGood);
export const databaseSlow = () => measureScenario(wireFaults.slow);
export const databaseSlowish = () => measureScenario(wireFaults.slowish);
