import { AsyncLocalStorage } from "node:async_hooks";
import { Unavailable } from "../engine/refusal";

/** An answer of the database that did not come in time. */
export class Late extends Unavailable {
  constructor(ms: number) {
    super("timed_out", `no answer within ${Math.round(ms)} ms`);
  }
}

/** How long one request may still wait for the database, in milliseconds. Time it spends otherwise does not count. */
interface Patience {
  leftMs: number;
}

const patience = new AsyncLocalStorage<Patience>();

/** Runs a request that waits for the database no longer than `ms` milliseconds, all its statements together. */
export async function withPatience<T>(ms: number, request: () => Promise<T>): Promise<T> {
  const own = { leftMs: ms };
  try {
    return await patience.run(own, request);
  } finally {
    // Whatever it left running answers to nobody any more.
    own.leftMs = Infinity;
  }
}

/**
 * Waits for an answer, but no longer than `limitMs` milliseconds or than the request's patience lasts. Where there is no
 * patience left, nothing is begun.
 * @param giveUp told when it is too late, before the promise is rejected
 * @throws Late
 */
export function inTime<T>(limitMs: number, begin: () => Promise<T>, giveUp: (late: Late) => void = () => undefined): Promise<T> {
  const own = patience.getStore();
  const mayTakeMs = Math.min(limitMs, own?.leftMs ?? Infinity);
  return mayTakeMs === Infinity ? begin() : within(mayTakeMs, own, begin, giveUp);
}

async function within<T>(ms: number, own: Patience | undefined, begin: () => Promise<T>, giveUp: (late: Late) => void): Promise<T> {
  const giveUpNow = (): Late => {
    const late = new Late(ms);
    giveUp(late);
    return late;
  };
  if (ms <= 0) throw giveUpNow();
  const beganAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(giveUpNow()), ms);
  });
  try {
    return await Promise.race([begin(), tooLate]);
  } finally {
    clearTimeout(timer);
    if (own !== undefined) own.leftMs -= performance.now() - beganAt;
  }
}
