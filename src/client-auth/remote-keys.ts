import type { JsonWebKey } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { waitForOtherServer } from "../engine/caller";
import type { Asker, RemoteKeys } from "../engine/ports/clients";
import { Refusal, Unavailable } from "../engine/refusal";
import type { CountFetch } from "../limits/failed-fetches";
import { subnetOf } from "../limits/subnet";
import { makeWaitingRoom, type WaitingGroup, type WaitingRoom } from "../limits/waiting-room";
import { fetchKeySet } from "./key-set-fetch";

const freshMs = 5 * 60_000;
/** Milliseconds between two fetches of a key set: those who present something that it does not accept wait for the next fetch. */
const coolDownMs = 3_000;
/** A set that cannot be fetched is tried again after one cool-down, then after two, four and so on, and at last once in so many milliseconds. */
const longestCoolDownMs = 60_000;
const rememberedSets = 500;

/**
 * Requests that may wait at once for one set, of these from one /24 or /64, and from there for any sets. Junk makes requests wait
 * for the cool-down although the other server answers, so they must not fill what the clients of other sets need.
 */
const mostWaiting = { perSet: 16, perSetAndSource: 8, perSource: 32 };
/** Fetches at once from one server, which may hold the sets of many clients, as a directory does, and in all. */
const mostFetches = { perServer: 64, inAll: 256 };

interface FetchedKeySet {
  keys: readonly JsonWebKey[];
  /** When it was asked for. */
  at: number;
}

/** What is known of a key set. */
interface KnownKeySet {
  /** The last one that could be fetched. */
  fetched?: FetchedKeySet;
  /** No fetch begins before that moment. */
  nextAt: number;
  /** The last fetch, if it failed. */
  failure?: { error: Unavailable; cooldownMs: number };
}

export interface RemoteKeysPorts {
  countFetch: CountFetch;
  /** Monotonic milliseconds. */
  now?: () => number;
  wait?: (milliseconds: number) => Promise<unknown>;
}

/**
 * Fetches the keys behind a registered `jwks_uri`, at most once per cool-down. A key set is kept for five minutes, even if a
 * fetch fails meanwhile; if it does not accept what is presented, it is fetched again. While one does not answer, few requests
 * wait for it and the others are answered at once.
 */
export function makeRemoteKeys({ countFetch, now = () => performance.now(), wait = sleep }: RemoteKeysPorts): RemoteKeys {
  const known = new LRUCache<string, KnownKeySet>({ max: rememberedSets });
  const inProgress = new Map<string, Promise<FetchedKeySet>>();
  const room = makeWaitingRoom();

  async function loadAfterCoolDown(uri: string): Promise<FetchedKeySet> {
    const before = known.get(uri);
    const rest = (before?.nextAt ?? 0) - now();
    if (rest > 0) await wait(rest);
    const at = now();
    try {
      const fetched = { keys: await fetchWithinLimits(uri, room), at };
      known.set(uri, { fetched, nextAt: at + coolDownMs });
      return fetched;
    } catch (thrown) {
      if (thrown instanceof Unavailable) known.set(uri, rememberFailure(thrown, before, now()));
      throw thrown;
    }
  }

  async function loadAndCount(uri: string, { source, now: epoch }: Asker): Promise<FetchedKeySet> {
    const counted = await countFetch(source, epoch);
    const fetched = await loadAfterCoolDown(uri);
    await counted.recordSuccess();
    return fetched;
  }

  /** Joins the fetch that waits or is on its way. Only a request that causes one is counted. */
  async function loadKeySet(uri: string, asker: Asker): Promise<FetchedKeySet> {
    const joined = inProgress.get(uri);
    if (joined === undefined) {
      const loading = loadAndCount(uri, asker).finally(() => inProgress.delete(uri));
      inProgress.set(uri, loading);
      return loading;
    }
    try {
      return await joined;
    } catch (thrown) {
      // The other request's source may not cause any more fetches, which says nothing about this one's.
      if (thrown instanceof Refusal) return loadKeySet(uri, asker);
      throw thrown;
    }
  }

  /** @throws Unavailable, Refusal `throttled` */
  async function waitForKeySet(uri: string, asker: Asker): Promise<FetchedKeySet> {
    const { failure, nextAt = 0 } = known.get(uri) ?? {};
    if (failure !== undefined && now() < nextAt) throw failure.error;
    const leave = room.enter(listGroups(uri, subnetOf(asker.source)));
    if (leave === undefined) throw new Unavailable("jwks_uri", "timed_out", `jwks_uri ${uri}: too many requests wait for it`);
    return waitForOtherServer(asker.caller, () => loadKeySet(uri, asker)).finally(leave);
  }

  return {
    async accept(uri, accepts, asker) {
      const since = now();
      const { fetched } = known.get(uri) ?? {};
      if (fetched !== undefined && since - fetched.at <= freshMs && accepts(fetched.keys)) return true;
      const first = await waitForKeySet(uri, asker);
      if (accepts(first.keys)) return true;
      // A fetch that had begun before the caller came may have missed its new key.
      return first.at < since && accepts((await waitForKeySet(uri, asker)).keys);
    },
  };
}

/** @throws Unavailable */
function fetchWithinLimits(uri: string, room: WaitingRoom): Promise<readonly JsonWebKey[]> {
  const leave = room.enter([
    { name: `fetches from ${new URL(uri).host}`, most: mostFetches.perServer },
    { name: "fetches", most: mostFetches.inAll },
  ]);
  if (leave === undefined) throw new Unavailable("jwks_uri", "timed_out", `jwks_uri ${uri}: too many key sets are being fetched`);
  return fetchKeySet(uri).finally(leave);
}

/** Keeps the keys of an earlier fetch. Each failure in a row doubles the time until the next try. */
function rememberFailure(error: Unavailable, { fetched, failure }: Partial<KnownKeySet> = {}, at: number): KnownKeySet {
  const cooldownMs = Math.min(longestCoolDownMs, (failure?.cooldownMs ?? coolDownMs / 2) * 2);
  return { ...(fetched && { fetched }), nextAt: at + cooldownMs, failure: { error, cooldownMs } };
}

function listGroups(uri: string, subnet: string): WaitingGroup[] {
  return [
    { name: `set ${uri}`, most: mostWaiting.perSet },
    { name: `set ${uri} from ${subnet}`, most: mostWaiting.perSetAndSource },
    { name: `from ${subnet}`, most: mostWaiting.perSource },
  ];
}
