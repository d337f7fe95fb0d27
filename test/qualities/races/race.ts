import type { Response } from "supertest";

/** How many run for each item, at the same moment. */
export const runners = 8;
/** Items under way at once: enough to keep both servers busy, few enough for their pools. */
const itemsAtOnce = 4;

/** How a race ended. */
export interface Tally {
  items: number;
  /** Items that exactly one runner got. */
  once: number;
  never: number;
  /** Items that more than one got. */
  doubled: number;
  /** How often each status was answered. */
  statuses: Readonly<Record<number, number>>;
}

/**
 * Lets eight run for each item, half of them at one server and half at the other.
 * @param attempt tries to get the item at a server
 * @param won whether an answer means that this runner got it
 */
export async function race<Item>(
  servers: readonly string[],
  items: readonly Item[],
  attempt: (server: string, item: Item) => PromiseLike<Response>,
): Promise<Tally & { answers: readonly Response[][] }> {
  const answers: Response[][] = [];
  const waiting = [...items.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, item] = next;
      const tries = Array.from({ length: runners }, (_, runner) => attempt(servers[runner % servers.length] ?? "", item));
      answers[at] = await Promise.all(tries);
    }
  };
  await Promise.all(Array.from({ length: itemsAtOnce }, work));
  return { ...tallyOf(answers), answers };
}

function tallyOf(answers: readonly (readonly Response[])[]): Tally {
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
