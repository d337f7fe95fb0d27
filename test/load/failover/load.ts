/** The steady load of a run: token requests by all contracts at both servers, refresh chains, and replays of assertions. */
import { type ContractName, contractNames, makeRequestToken, mustBeWellFormed, type TokenResponse } from "../../harness/token-requests";
import { sendSteadily } from "../stress/process/steady";
import { type Book, judge } from "./book";
import { runChains } from "./chains";
import { inTime } from "./in-time";
import { makeReplays } from "./replays";
import type { Servers } from "./servers";

/** Requests per second: five for each contract at each server. */
const perSecond = 50;

export interface Load {
  /** Presents every assertion once more that was answered since the last time. */
  replayAll(): Promise<void>;
  /** Resolves when the last request has ended. */
  stop(): Promise<void>;
}

export async function startLoad(servers: Servers, book: Book): Promise<Load> {
  const { clients, urls } = servers;
  const replays = makeReplays(servers, book);
  let made = "";
  /** Keeps the assertion that a request was made with: the request is made before `requestToken` returns. */
  const assertion = (audience: string): string => (made = clients.clients.raidiam.assertion(audience));
  const kept = { ...clients, clients: { ...clients.clients, raidiam: { ...clients.clients.raidiam, assertion } } };
  const senders = await Promise.all(urls.map((url) => makeRequestToken({ ...kept, url })));
  let turn = 0;

  async function sendOne(): Promise<void> {
    const contract: ContractName = contractNames[turn % contractNames.length] ?? "weavr";
    const server = Math.floor(turn / contractNames.length) % urls.length;
    turn += 1;
    const sent = senders[server]?.(contract);
    if (sent === undefined) return;
    const used = contract === "raidiam" ? made : undefined;
    const answer = await inTime(book, sent);
    const good = judge(book, { flow: contract, contract, server }, answer);
    const misshapen = typeof answer === "string" ? undefined : findShapeFault(answer);
    if (misshapen !== undefined) book.wrong.push(misshapen);
    if (good && used !== undefined) await replays.replay(used, (server + 1) % urls.length);
  }

  const stopSending = sendSteadily(perSecond, sendOne);
  const chains = runChains(servers, book);
  return {
    replayAll: () => replays.replayAll(),
    stop: async () => {
      await Promise.all([stopSending(), chains.stop()]);
    },
  };
}

/** @returns a sentence if the answer is not what its contract's spec says */
function findShapeFault(answer: TokenResponse): string | undefined {
  try {
    mustBeWellFormed(answer);
    return undefined;
  } catch (fault) {
    return `${answer.contract} ${answer.status}: ${String(fault)}`;
  }
}
