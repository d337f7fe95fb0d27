import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { decode, type JwtPayload } from "jsonwebtoken";

/** What one caller got in the end. */
export interface Call {
  /** When it was begun and when it was over, in milliseconds of `performance.now()`. */
  begunAt: number;
  overAt: number;
  /** 0 if there was no answer, as when the connection was cut. */
  status: number;
  /** Of the token. */
  jti: string | undefined;
  /** How often a connection ended under a request. One that was never made is not among them. */
  cut: number;
}

export interface CallerLoad {
  readonly shots: readonly Call[];
  /** Milliseconds from that moment until nobody was refused any more; 0 if nobody was. */
  recoveredAfter(moment: number): number;
  /** Resolves when nobody asks any more. */
  stop(): Promise<void>;
}

export interface CallerLoadPlan {
  /** Where tokens are asked for; with several, a caller who gets none at one tries the next. */
  urls: readonly string[];
  /** Of the abbeycross contract. */
  body: string;
  callers: number;
  /** How often a caller asks before it gives up; once by default. */
  tries?: number;
  /** Whether connections are kept for the next request; they are by default. */
  keepAlive?: boolean;
}

const pauseMs = 20;

/** Callers who ask for tokens, each for one after the other. */
export function startCallerLoad({ urls, body, callers, tries = 1, keepAlive = true }: CallerLoadPlan): CallerLoad {
  const agents = urls.map(() => new Agent({ keepAlive, maxSockets: callers }));
  const shots: Call[] = [];
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
      shots.push({ begunAt, overAt: performance.now(), status: answer.status, jti: jtiIn(answer), cut });
    }
  }

  const calling = Array.from({ length: callers }, (_, first) => call(first));
  return {
    shots,
    recoveredAfter: (moment) => {
      const refused = shots.filter(({ status, overAt }) => status !== 200 && overAt >= moment).map(({ overAt }) => overAt - moment);
      return Math.round(Math.max(0, ...refused));
    },
    stop: async () => {
      stopped = true;
      await Promise.all(calling);
      for (const agent of agents) agent.destroy();
    },
  };
}

interface CallAnswer {
  status: number;
  text: string;
  /** 1 if there was a connection, and it ended without an answer. */
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
