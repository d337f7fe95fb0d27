import type { Outcome } from "../scenario";
import { loadThrough, outcomeOf, type Load } from "../../../qualities/faults/load";
import { makeWireStand, wireFaults } from "../../../qualities/faults/wire-stand";

const load: Load = { askers: 50, beforeMs: 1_000, duringMs: 4_000 };

async function through(make: (typeof wireFaults)[keyof typeof wireFaults]): Promise<Outcome> {
  const stand = await makeWireStand();
  try {
    return outcomeOf(
      await loadThrough(
        stand,
        make(() => stand),
        load,
      ),
    );
  } finally {
    await stand.stop();
  }
}

/** The network to the database fails in each of its ways while fifty ask by all contracts. */
export const databaseRefused = () => through(wireFaults.refused);
export const databaseEnded = () => through(wireFaults.ended);
export const databaseReset = () => through(wireFaults.reset);
export const databaseShort = () => through(wireFaults.short);
export const databaseSilent = () => through(wireFaults.silent);
export const databaseSilentForGood = () => through(wireFaults.silentForGood);
export const databaseSlow = () => through(wireFaults.slow);
export const databaseSlowish = () => through(wireFaults.slowish);
