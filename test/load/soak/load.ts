/** The steady load of `make soak`. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RequestPlan } from "../bench/load/request-plan";
import type { Target } from "../bench/servers/contender";

/** The results of the load so far. */
export interface SoakCounts {
  requests: number;
  /** Requests answered with a token. */
  tokens: number;
  refused: number;
  /** Good requests without a token, bad ones without a refusal, and requests without an answer, by outcome. */
  unexpected: Record<string, number>;
}

export function noCounts(): SoakCounts {
  return { requests: 0, tokens: 0, refused: 0, unexpected: {} };
}

/** Requests by each contract every second. */
const perSecond = 8;
/** One request in so many is bad. */
const badOneIn = 8;
/** Requests are made for so many seconds at a time, since assertions and auth tokens expire soon. */
const sliceSeconds = 10;
const connections = 4;
const patienceMs = 20_000;

/** Sends the same number of requests by every contract each second, some of them bad. @param counts gets the results added */
export async function runSteadyLoad(targets: Readonly<Record<string, Target>>, seconds: number, counts: SoakCounts): Promise<void> {
  for (let done = 0; done < seconds; done += sliceSeconds)
    await Promise.all(Object.values(targets).map((target) => sendSlice(target, Math.min(sliceSeconds, seconds - done), counts)));
}

async function sendSlice(target: Target, seconds: number, counts: SoakCounts): Promise<void> {
  const total = seconds * perSecond;
  const plan = await target.aim(connections, total);
  const began = performance.now();
  const sent: Promise<void>[] = [];
  for (let at = 0; at < total; at += 1) {
    await sleep(Math.max(0, began + (at * 1000) / perSecond - performance.now()));
    sent.push(send(plan, at, at % badOneIn === badOneIn - 1, counts));
  }
  await Promise.all(sent);
}

async function send(plan: RequestPlan, at: number, bad: boolean, counts: SoakCounts): Promise<void> {
  const { url, headers, body, bodies, headersOfConnection } = plan;
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
