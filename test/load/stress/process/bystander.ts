/** A client that has nothing to do with an attack: what it gets before the attack and while it runs. */
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bystander, ServiceLevel } from "../scenario";
import { type Call, type CallerLoad, requestOnce } from "./load";
import { sendSteadily } from "./steady";

/** Requests per second: few enough for a busy machine with two cores, and enough for a 99th percentile. */
const perSecond = 100;
/** A bystander keeps at least this share of its tokens, */
const leastShare = 0.95;
/** and its p99 stays below this multiple of what it was, or below these milliseconds where that is more. */
const mostTimes = 3;
const mostMs = 100;
/** Before the measurement, so that the server and the callers have their connections and their compiled code. */
const warmUpMs = 2_000;

export interface WatchedAttack {
  /** The URL of the server, and the body of a token request of the abbeycross contract. */
  url: string;
  body: string;
  /** Milliseconds that each half lasts. */
  eachMs: number;
  /** Starts requests of the attackers. @returns a function that ends them */
  start: (kind: AttackKind) => () => Promise<void>;
}

/** Harmless requests come as often as those of the attack: what the mere number of requests costs is no effect of the attack. */
export type AttackKind = "harmless" | "attack";

/** Watches a bystander while the attackers send harmless requests, and for as long again while they attack. */
export async function watchBystander({ url, body, eachMs, start }: WatchedAttack): Promise<{ load: CallerLoad; bystander: Bystander }> {
  const agent = new Agent({ keepAlive: true });
  const calls: Call[] = [];
  const stop = sendSteadily(perSecond, async () => {
    calls.push(await requestOnce(url, body, agent));
  });
  const endHarmless = start("harmless");
  await sleep(warmUpMs);
  const beganAt = performance.now();
  await sleep(eachMs);
  await endHarmless();
  const attackedAt = performance.now();
  const endAttack = start("attack");
  await sleep(eachMs);
  await stop();
  await endAttack();
  agent.destroy();
  const load = { calls, recoveredAfter: () => 0, stop: () => Promise.resolve() };
  const before = calls.filter((call) => call.begunAt >= beganAt && call.begunAt < attackedAt);
  const during = calls.filter((call) => call.begunAt >= attackedAt);
  return { load, bystander: { before: measure(before), during: measure(during) } };
}

function measure(calls: readonly Call[]): ServiceLevel {
  const times = calls.map(({ begunAt, overAt }) => overAt - begunAt).sort((one, other) => one - other);
  const given = calls.filter(({ status }) => status === 200).length;
  return { share: given / Math.max(1, calls.length), p99Ms: times[Math.floor(times.length * 0.99)] ?? 0 };
}

/** @returns a sentence for each thing that the bystander lost to the attack */
export function findBystanderFaults({ before, during }: Bystander): string[] {
  const mostP99 = Math.max(mostMs, mostTimes * before.p99Ms);
  return [
    ...(during.share < leastShare * before.share
      ? [`the bystander kept only ${formatShare(during.share / before.share)} of its tokens`]
      : []),
    ...(during.p99Ms > mostP99 ? [`the bystander's p99 rose from ${before.p99Ms.toFixed(0)} to ${during.p99Ms.toFixed(0)} ms`] : []),
  ];
}

const formatShare = (share: number): string => `${(share * 100).toFixed(1)} %`;
