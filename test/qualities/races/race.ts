import type { Response } from "supertest";

/** How many requests race for each item, at the same moment. */
export const runners = 8;
/** Items raced for at once: enough to keep both servers busy, few enough for their pools. */
const itemsAtOnce = 4;

/** How a race ended. */
export interface Tally {
  items: number;
  /** How many items exactly one runner got. */
  once: number;
  /** How many items no runner got. */
  never: number;
  /** How many items more than one runner got. */
  doubled: number;
  /** How many responses had each status. */
  statuses: Readonly<Record<number, number>>;
}

/**
 * Lets eight requests race for each item, half of them at one server and half at the other. A status of 200 wins.
 * @param attempt tries to get the item from a server
 */
export async function race<Item>(
  servers: readonly string[],
  items: readonly Item[],
  attempt: (server: string, item: Item) => PromiseLike<Response>,
): Promise<Tally & { answers: readonly Response[][] }> {
  const answers: Response[][] = [];
  const waiting = [...items.entries()];
  const raceForItems = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, item] = next;
      const tries = Array.from({ length: runners }, (_, runner) => attempt(servers[runner % servers.length] ?? "", item));
      answers[at] = await Promise.all(tries);
    }
  };
  await Promise.all(Array.from({ length: itemsAtOnce }, raceForItems));
  return { ...countWins(answers), answers };
}

function countWins(answers: readonly (readonly Response[])[]): Tally {
  const wins = answers.map((tries) => tries.filter(({ status }) => status === 200).length);
  const statuses: Record<number, number> = {};
  for (const { status } of answers.flat()) statuses[status] = (statuses[status] ?? 0) + 1;
  return {
    items: answers.length,
    once: wins.filter((count) => count === 1).length,
    never: wins.filter((count) => count === 0).length,
    doubled: wins.filter((count) => count > 1).length,
    statuses,
  };
}
