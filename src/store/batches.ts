/** Work that shares statements with other work of the same moment. */
export interface Batches<Item> {
  add(item: Item): void;
  /** Resolves when nothing is left to do. */
  drain(): Promise<void>;
}

export interface BatchesOptions<Item> {
  /** Batches in progress at once. */
  atOnce: number;
  /** Takes the next batch off the queue, which has at least one item. */
  take: (queue: Item[]) => Item[];
  /** Does the work of a batch. Must not reject. @param queue the items that wait, which it may take off */
  run: (batch: readonly Item[], queue: Item[]) => Promise<void>;
}

/** Makes batches without a timer: a single item is dealt with at once, and while batches are in progress the next one fills. */
export function makeBatches<Item>({ atOnce, take, run }: BatchesOptions<Item>): Batches<Item> {
  const queue: Item[] = [];
  let inProgress = 0;
  let scheduled = false;
  let drainWaiters: (() => void)[] = [];

  function schedule(): void {
    if (scheduled || inProgress >= atOnce || queue.length === 0) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    // A batch that failed may have taken everything off the queue.
    if (queue.length === 0) return;
    inProgress += 1;
    void run(take(queue), queue).then(() => {
      inProgress -= 1;
      schedule();
      if (inProgress > 0 || queue.length > 0) return;
      for (const resolve of drainWaiters) resolve();
      drainWaiters = [];
    });
    schedule();
  }

  return {
    add(item) {
      queue.push(item);
      schedule();
    },
    drain: () =>
      new Promise((resolve) => {
        if (inProgress === 0 && queue.length === 0) resolve();
        else drainWaiters.push(resolve);
      }),
  };
}
