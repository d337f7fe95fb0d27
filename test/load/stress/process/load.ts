/** Callers that keep requesting tokens from servers in other processes. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { decode, type JwtPayload } from "jsonwebtoken";

/** One call: a request for a token with its retries. */
export interface Call {
  /** Milliseconds of `performance.now()` at its begin and end. */
  begunAt: number;
  overAt: number;
  /** The status of the last answer; 0 if there was none, as when the connection was cut. */
  status: number;
  /** The id of the token. */
  jti: string | undefined;
  /** How often an established connection ended during the request. */
  cut: number;
}

export interface CallerLoad {
  readonly calls: readonly Call[];
  /** Milliseconds from that moment to the last refusal; 0 if there was none. */
  recoveredAfter(moment: number): number;
  /** Stops the callers, and resolves when their last calls have ended. */
  stop(): Promise<void>;
}

export interface CallerLoadPlan {
  /** URLs of the servers. A caller that gets no token at one tries the next. */
  urls: readonly string[];
  /** The body of a token request of the abbeycross contract. */
  body: string;
  callers: number;
  /** How often a caller tries before it gives up; default 1. */
  tries?: number;
  /** Whether connections are kept for the next request; default true. */
  keepAlive?: boolean;
}

const pauseMs = 20;

/** Starts concurrent callers, each of which requests one token after the other. */
export function startCallerLoad({ urls, body, callers, tries = 1, keepAlive = true }: CallerLoadPlan): CallerLoad {
  const agents = urls.map(() => new Agent({ keepAlive, maxSockets: callers }));
  const calls: Call[] = [];
  let stopped = false;

  async function call(first: number): Promise<void> {
    for (let turn = first; !stopped; turn += 1) {
      const begunAt = performance.now();
      let answer: CallAnswer = { status: 0, text: "", cut: 0 };
      let cut = 0;
      for (let left = tries; left > 0 && answer.status !== 200; left -= 1) {
        const at = (turn + left) % urls.length;
        answer = await requestToken(urls[at] ?? "", body, agents[at]);
        cut += answer.cut;
        if (answer.status !== 200) await sleep(pauseMs);
      }
      calls.push({ begunAt, overAt: performance.now(), status: answer.status, jti: jtiIn(answer), cut });
    }
  }

  const running = Array.from({ length: callers }, (_, first) => call(first));
  return {
    calls,
    recoveredAfter: (moment) => {
      const refused = calls.filter(({ status, overAt }) => status !== 200 && overAt >= moment).map(({ overAt }) => overAt - moment);
      return Math.round(Math.max(0, ...refused));
    },
    stop: async () => {
      stopped = true;
      await Promise.all(running);
      for (const agent of agents) agent.destroy();
    },
  };
}

/** Makes one call without retries. */
export async function requestOnce(url: string, body: string, agent: Agent): Promise<Call> {
  const begunAt = performance.now();
  const answer = await requestToken(url, body, agent);
  return { begunAt, overAt: performance.now(), status: answer.status, jti: jtiIn(answer), cut: answer.cut };
}

interface CallAnswer {
  status: number;
  text: string;
  /** 1 if the connection was established and ended without an answer. */
  cut: number;
}

function requestToken(url: string, body: string, agent: Agent | undefined): Promise<CallAnswer> {
  return new Promise((resolve) => {
    const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
    const none = (error?: NodeJS.ErrnoException): void => resolve({ status: 0, text: "", cut: error?.code === "ECONNREFUSED" ? 0 : 1 });
    const sent = request(`${url}/v1/oauth/token`, { method: "POST", agent, headers, timeout: 10_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, cut: 0 })).on("error", none);
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", none).end(body);
  });
}

function jtiIn({ status, text }: { status: number; text: string }): string | undefined {
  if (status !== 200) return undefined;
  const { access_token } = JSON.parse(text) as { access_token: string };
  return (decode(access_token) as JwtPayload).jti;
}
