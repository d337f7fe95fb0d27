import type { AttemptLimit, Counts } from "../engine/ports/counts";

/** Failures of one subject that share a statement. */
interface Batch {
  times: number;
  total: Promise<number>;
}

/** What is in progress for one subject. */
interface SubjectQueue {
  /** Settles when the statement in progress has ended. */
  idle: Promise<void>;
  /** The batch that further failures join until its statement is sent. */
  gathering: Batch | undefined;
}

/**
 * Counts with at most one statement at a time for each subject; failures that arrive meanwhile share the next statement.
 * Otherwise a busy client's requests would queue for its one row, each for a commit of its own, and a burst of failures
 * would take every connection of the pool. Each caller still gets a number of its own, in order of arrival, and callers
 * that read a block at the same time share one read.
 */
export function makeCoalescedCounts(counts: Counts): Counts {
  const queues = new Map<string, SubjectQueue>();
  const reads = new Map<string, Promise<number>>();

  function startBatch(subject: string, limit: AttemptLimit, queue: SubjectQueue, now: number): Batch {
    const send = (): Promise<number> => {
      queue.gathering = undefined;
      return counts.add(subject, limit, now, batch.times);
    };
    const batch: Batch = { times: 0, total: queue.idle.then(send) };
    const endBatch = (): void => {
      if (queue.gathering === undefined) queues.delete(subject);
    };
    queue.idle = batch.total.then(endBatch, endBatch);
    queue.gathering = batch;
    return batch;
  }

  async function countFailures(subject: string, limit: AttemptLimit, now: number, times: number): Promise<number> {
    const queue = queues.get(subject) ?? { idle: Promise.resolve(), gathering: undefined };
    queues.set(subject, queue);
    const batch = queue.gathering ?? startBatch(subject, limit, queue, now);
    batch.times += times;
    const ownPosition = batch.times;
    const total = await batch.total;
    // `total` includes the whole batch, whose later failures are not this caller's.
    return total - batch.times + ownPosition;
  }

  function readBlock(subject: string, limit: AttemptLimit, now: number): Promise<number> {
    const inProgress = reads.get(subject);
    if (inProgress !== undefined) return inProgress;
    const reading = counts.findBlockedSeconds(subject, limit, now).finally(() => reads.delete(subject));
    reads.set(subject, reading);
    return reading;
  }

  return {
    findBlockedSeconds: readBlock,
    add: (subject, limit, now, times = 1) => countFailures(subject, limit, now, times),
    takeBack: (subject) => counts.takeBack(subject),
  };
}
