import type { AttemptLimit, Counts } from "../engine/ports/counts";

/** Those of one subject who are counted together, once the statement before theirs is over. */
interface Batch {
  times: number;
  total: Promise<number>;
}

interface Lane {
  /** Settles when nothing is under way any more. */
  clear: Promise<void>;
  /** Who comes now joins these. */
  gathering: Batch | undefined;
}

/**
 * Counts each one, with at most one statement at a time for each subject: who comes meanwhile shares the next. Otherwise a
 * busy client's requests would queue for its one row, each for a commit of its own, and a burst of failures would take
 * every connection. Each caller gets a number of its own, in the order in which they came; who looks shares a look.
 */
export function makeCoalescedCounts(counts: Counts): Counts {
  const lanes = new Map<string, Lane>();
  const looks = new Map<string, Promise<number>>();

  function gather(subject: string, limit: AttemptLimit, lane: Lane, now: number): Batch {
    const send = (): Promise<number> => {
      lane.gathering = undefined;
      return counts.failed(subject, limit, now, batch.times);
    };
    const batch: Batch = { times: 0, total: lane.clear.then(send) };
    const settled = (): void => {
      if (lane.gathering === undefined) lanes.delete(subject);
    };
    lane.clear = batch.total.then(settled, settled);
    lane.gathering = batch;
    return batch;
  }

  async function join(subject: string, limit: AttemptLimit, now: number, times: number): Promise<number> {
    const lane = lanes.get(subject) ?? { clear: Promise.resolve(), gathering: undefined };
    lanes.set(subject, lane);
    const batch = lane.gathering ?? gather(subject, limit, lane, now);
    const place = (batch.times += times);
    const total = await batch.total;
    return total - batch.times + place;
  }

  function look(subject: string, limit: AttemptLimit, now: number): Promise<number> {
    const underWay = looks.get(subject);
    if (underWay !== undefined) return underWay;
    const looking = counts.blockedFor(subject, limit, now).finally(() => looks.delete(subject));
    looks.set(subject, looking);
    return looking;
  }

  return {
    blockedFor: look,
    failed: (subject, limit, now, times = 1) => join(subject, limit, now, times),
  };
}
