import { setTimeout as sleep } from "node:timers/promises";
import { Unavailable } from "../../engine/refusal";
import type { Database } from "../database";
import type { AnsweredToken, AnsweredTokens } from "./answered-tokens";
import { lookForTokens, readPlace } from "./lost-tokens";

/** Milliseconds. */
const usualTimes = {
  /** How often the process looks whether a connection was lost, which sends nothing. */
  tick: 1_000,
  /** How often the database is asked whether it is still the same one: a pooler may hide that it was replaced. */
  place: 5_000,
  /** Connections to a slow database are lost again and again. The same database is searched no more often than this. */
  sameDatabase: 10_000,
  /** What is missing must still be missing after this time: a primary that was replaced may answer until it is stopped. */
  secondLook: 1_000,
};

export interface LossWatchPorts {
  database: Database;
  answered: AnsweredTokens;
  /** Epoch milliseconds. */
  clock: () => number;
  /** Called after a search that found nothing missing, with the number of tokens that were looked for. */
  onKept(tokens: number): void;
  /** Called with the tokens that were found to be lost, once for each. */
  onLost(tokens: readonly AnsweredToken[]): void;
  /** Called once if the database does not say whether it was replaced. Then only lost connections make the watch look. */
  onBlind(reason: string): void;
  /** For tests. */
  times?: typeof usualTimes;
}

/**
 * Looks for the tokens that this process has answered, in the background: after a connection was lost, and when another database
 * stands where the last one was. As long as the database cannot be searched, it tries again every second.
 * @returns a function that stops it; its promise resolves when a look in progress has ended
 */
export function startLossWatch(ports: LossWatchPorts): () => Promise<void> {
  const { database, answered, clock, times = usualTimes } = ports;
  const stopping = new AbortController();
  let hasPlace = true;
  let searched: { place: string | undefined; at: number; lost: number } | undefined;
  let placeReadAt = -Infinity;
  let reported = new Set<string>();

  /** @returns undefined if the database does not tell whether it was replaced */
  async function findPlace(): Promise<string | undefined> {
    if (!hasPlace) return undefined;
    placeReadAt = performance.now();
    return readPlace(database).catch((thrown: unknown) => {
      if (thrown instanceof Unavailable) throw thrown;
      hasPlace = false;
      ports.onBlind(thrown instanceof Error ? thrown.message : String(thrown));
      return undefined;
    });
  }

  async function look(tokens: readonly AnsweredToken[]): Promise<string | undefined> {
    const first = await lookForTokens(database, tokens, { now: clock(), write: false, hasPlace });
    if (first.missing.length === 0) {
      ports.onKept(tokens.length);
      return first.place;
    }
    await sleep(times.secondLook, undefined, { signal: stopping.signal });
    const second = await lookForTokens(database, tokens, { now: clock(), write: true, hasPlace });
    const found = second.missing.filter(({ jti }) => !reported.has(jti));
    reported = new Set([...tokens.map(({ jti }) => jti).filter((jti) => reported.has(jti)), ...found.map(({ jti }) => jti)]);
    if (found.length > 0) ports.onLost(found);
    return second.place;
  }

  async function tick(): Promise<void> {
    const lost = database.connectionsLost();
    const now = performance.now();
    const isDue = searched === undefined || (lost > searched.lost && now - searched.at >= times.sameDatabase);
    const mayBeOther = lost > (searched?.lost ?? 0) || now - placeReadAt >= times.place;
    // A process that has answered nothing lets its connections go.
    if ((!isDue && !mayBeOther) || (searched !== undefined && !answered.hasSome(clock()))) return;
    const place = await findPlace();
    if (!isDue && place === searched?.place) return;
    const tokens = answered.list(clock());
    searched = { place: tokens.length === 0 ? place : await look(tokens), at: performance.now(), lost };
  }

  async function run(): Promise<void> {
    // The next tick is to ask again.
    await tick().catch(() => (placeReadAt = -Infinity));
    running = undefined;
  }

  let running: Promise<void> | undefined = run();
  const timer = setInterval(() => (running ??= run()), times.tick).unref();
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await running;
  };
}
