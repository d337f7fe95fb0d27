/** Runs the rounds of one fault under load, and compares what was answered with the ledger. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../harness/installed-server";
import { type Book, closeGaps, openBook } from "./book";
import type { Cluster } from "./cluster";
import { faults, type FaultName } from "./faults";
import { startLoad } from "./load";
import type { Network } from "./network";
import type { Figures } from "./report";
import type { Servers } from "./servers";

export interface Stand {
  cluster: Cluster;
  network: Network;
  servers: Servers;
}

const aroundMs = 2_000;
const goodWithinMs = 90_000;
/** So many tokens that every contract is good at every server. */
const goodTokens = 50;
const mostRemarks = 5;
/** A server looks at the latest ten seconds after it has looked the last time, and then once more. */
const foundWithinMs = 15_000;

export async function runRounds(name: FaultName, rounds: number, stand: Stand): Promise<Figures> {
  const { cluster, network, servers } = stand;
  const began = performance.now();
  const book = openBook();
  const bugsBefore = servers.findBugs().length;
  const foundBefore = await servers.countLost();
  const waitUntilGood = async (): Promise<void> => {
    const before = book.jtis.length;
    await until("tokens are given again", () => book.jtis.length >= before + goodTokens, goodWithinMs);
  };
  await cluster.waitUntilHealthy();
  const load = await startLoad(servers, book);
  const delay = monitorEventLoopDelay();
  delay.enable();
  let done = 0;
  const ended = await runAll().then(
    () => undefined,
    (reason: unknown) => `round ${done + 1} did not end well: ${String(reason)}`,
  );
  network.heal();
  closeGaps(book);
  await load.stop();
  const bugs = servers.findBugs().slice(bugsBefore);
  delay.disable();
  const missing = await countMissing(cluster, book.jtis);
  const found = (await countFound(servers, missing > 0 ? foundBefore : -1)) - foundBefore;
  const remarks = [
    book.doubled,
    book.credentials,
    book.wrong,
    bugs,
    ended === undefined ? [] : [ended],
    describeStalls(delay.max / 1e9),
  ].flatMap(firstFew);
  return {
    ...{ fault: name, rounds: done, requests: book.requests, answered: book.jtis.length, missing, found },
    ...{
      refused: book.refused,
      doubled: book.doubled.length,
      gapSeconds: book.longestGap.ms / 1000,
      slowestSeconds: book.slowestMs / 1000,
    },
    ...{ credentials: book.credentials.length, wrong: book.wrong.length + bugs.length + (ended === undefined ? 0 : 1) },
    ...{ seconds: (performance.now() - began) / 1000, remarks },
  };

  async function runAll(): Promise<void> {
    for (; done < rounds; done += 1) {
      await waitUntilGood();
      await sleep(aroundMs);
      await faults[name]({ cluster, network, waitUntilGood }, done);
      await waitUntilGood();
      await cluster.waitUntilHealthy();
      await load.replayAll();
      process.stderr.write(`  round ${done + 1} of ${rounds}: longest gap so far ${describeGap(book)}\n`);
    }
  }
}

/** A machine that has no time for this process has none for the cluster either, and its gaps say little. */
function describeStalls(seconds: number): string[] {
  return seconds < 1 ? [] : [`this process stood still for ${seconds.toFixed(1)} s, since the machine was busy`];
}

function describeGap({ longestGap: { ms, name, until: end } }: Book): string {
  return `${(ms / 1000).toFixed(1)} s until ${end.toISOString()}, ${name}`;
}

function firstFew(sentences: readonly string[]): string[] {
  const kinds = [...new Set(sentences)];
  const more = sentences.length - mostRemarks;
  return [...kinds.slice(0, mostRemarks), ...(more > 0 ? [`… ${sentences.length} of this kind`] : [])];
}

/** Waits a little for the servers to find more than `before`. @returns what they have found since they began */
async function countFound(servers: Servers, before: number): Promise<number> {
  const hasMore = async (): Promise<boolean> => (await servers.countLost()) > before;
  await until("a server finds a token to be lost", hasMore, foundWithinMs).catch(() => undefined);
  return servers.countLost();
}

async function countMissing(cluster: Cluster, jtis: readonly string[]): Promise<number> {
  const sql = "SELECT count(*)::integer AS missing FROM unnest($1::uuid[]) jti WHERE jti NOT IN (SELECT jti FROM issued_tokens)";
  return (await cluster.runOnPrimary<{ missing: number }>(sql, [jtis]))[0]?.missing ?? jtis.length;
}
