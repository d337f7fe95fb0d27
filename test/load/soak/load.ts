import { setTimeout as sleep } from "node:timers/promises";
import type { RequestPlan } from "../bench/load/request-plan";
import type { Contender, Target } from "../bench/servers/contender";

/** What came of the load so far. */
export interface SoakCounts {
  requests: number;
  /** Tokens that were answered. */
  tokens: number;
  refused: number;
  /** Good requests that got anything but a token, bad ones that got anything but a refusal, and those without an answer. */
  unexpected: Record<string, number>;
}

export function noCounts(): SoakCounts {
  return { requests: 0, tokens: 0, refused: 0, unexpected: {} };
}

/** Of each contract, every second. */
const perSecond = 8;
/** One in so many is bad. */
const badOneIn = 8;
/** What is sent is made anew so often, since assertions and auth tokens do not live long. */
const sliceSeconds = 10;
const connections = 4;
const patienceMs = 20_000;

/** A steady, mixed load: the same number of requests of every contract each second, some of them bad. @param counts is added to */
export async function runSteadyLoad({ targets }: Contender, seconds: number, counts: SoakCounts): Promise<void> {
  for (let done = 0; done < seconds; done += sliceSeconds)
    await Promise.all(Object.values(targets).map((target) => sendSlice(target, Math.min(sliceSeconds, seconds - done), counts)));
}

async function sendSlice(target: Target, seconds: number, counts: SoakCounts): Promise<void> {
  const total = seconds * perSecond;
  const shots = await target.aim(connections, total);
  const began = performance.now();
  const sent: Promise<void>[] = [];
  for (let at = 0; at < total; at += 1) {
    await sleep(Math.max(0, began + (at * 1000) / perSecond - performance.now()));
    sent.push(send(shots, at, at % badOneIn === badOneIn - 1, counts));
  }
  await Promise.all(sent);
}

async function send(shots: RequestPlan, at: number, bad: boolean, counts: SoakCounts): Promise<void> {
  const { url, headers, body, bodies, headersOfConnection } = shots;
  const own = headersOfConnection?.[at % headersOfConnection.length] ?? {};
  const good = bodies?.[at % bodies.length] ?? body;
  counts.requests += 1;
  const outcome = await fetch(bad ? `${url.split("?", 1)[0]}?broken=%ff` : url, {
    method: "POST",
    headers: { ...headers, ...own },
    ...(good === undefined ? {} : { body: good }),
    signal: AbortSignal.timeout(patienceMs),
  }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    },
    (error: unknown) => (error instanceof Error ? error.name : "no answer"),
  );
  if (outcome === 200) counts.tokens += 1;
  const refused = typeof outcome === "number" && outcome >= 400 && outcome < 500;
  if (refused) counts.refused += 1;
  if (bad ? !refused : outcome !== 200) counts.unexpected[outcome] = (counts.unexpected[outcome] ?? 0) + 1;
}
