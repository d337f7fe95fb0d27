/** Sends generated requests to a server and judges every response. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import fc from "fast-check";
import { mustConform } from "../../harness/conformance";
import type { MemoryUse, ServerIntroduction } from "./known-values";
import { type PoolResponse, type ConnectionPool, makeConnectionPool } from "./connection-pool";
import { type OddRequest, makeOddRequest } from "./requests";

/** The figures of a run without faults. A run that finds a fault throws. */
export interface PropertyFigures {
  requests: number;
  /** The number of responses by status; `none` for broken requests whose connection ended without a response. */
  statuses: Readonly<Record<string, number>>;
  /** The growth of the server's memory, in bytes. */
  growth: MemoryUse;
  milliseconds: number;
}

export interface PropertyRun {
  requests: number;
  seed: number;
  /** Starts another server, for control tests. */
  start?: () => Promise<TestedServer>;
}

const batchSize = 25;
/** Requests until the caches are full and everything is compiled. */
const warmUpRequests = 1_000;

/**
 * Sends so many good, odd and broken requests to the token endpoints of a server in a process of its own.
 * @throws Error with the smallest requests that still show it, if the server ends, answers 5xx, or answers what its
 *   contract does not declare
 */
export async function runProperties({ requests, seed, start = startServer }: PropertyRun): Promise<PropertyFigures> {
  const began = performance.now();
  const server = await start();
  // Counterexamples of a server that is broken on purpose need not be shrunk.
  const endOnFailure = start !== startServer;
  const connections = makeConnectionPool(server.url);
  const statuses: Record<string, number> = {};
  const sendRequests = async (count: number, from: number): Promise<void> => {
    const property = fc.asyncProperty(
      fc.array(makeOddRequest(server.known), { minLength: batchSize, maxLength: batchSize }),
      async (batch) => {
        for (const status of await Promise.all(batch.map((odd) => judgeResponse(server, connections, odd))))
          statuses[status] = (statuses[status] ?? 0) + 1;
      },
    );
    const { failed, errorInstance, counterexamplePath } = await fc.check(property, {
      numRuns: Math.ceil(count / batchSize),
      seed: from,
      endOnFailure,
    });
    if (failed) throw new Error(`seed ${from}, path ${counterexamplePath}: ${String(errorInstance)}`, { cause: errorInstance });
  };
  try {
    const early = Math.min(warmUpRequests, requests / 2);
    await sendRequests(early, seed);
    const before = await server.measureMemory();
    await sendRequests(requests - early, seed + 1);
    const after = await server.measureMemory();
    const growth = { heapUsed: after.heapUsed - before.heapUsed, rss: after.rss - before.rss };
    return { requests: sum(statuses), statuses, growth, milliseconds: performance.now() - began };
  } finally {
    connections.close();
    await server.stop();
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

/** @returns the status @throws Error if the response is not allowed */
async function judgeResponse(
  server: TestedServer,
  connections: ConnectionPool,
  { contract, path, bytes, broken }: OddRequest,
): Promise<string> {
  const shown = () => JSON.stringify(bytes.toString("latin1").slice(0, 1_000));
  const answer = await connections.send(bytes, broken);
  if (!server.isAlive()) throw new Error(`the server ended, at the latest after ${shown()}`);
  if (answer === undefined) {
    if (broken) return "none";
    throw new Error(`there was no answer to ${shown()}`);
  }
  if (answer.status >= 500 && !(broken && [501, 505].includes(answer.status)))
    throw new Error(`${answer.status} ${answer.text} to ${shown()}`);
  if (!isFromNode(answer, broken)) mustConformOrShow(answer, contract, path, shown);
  return String(answer.status);
}

/** The body of a protocol error, which comes from no contract. */
const nodeBody = /^$|^\{"error":"invalid_request","error_description":"[^"]+"\}$/;

/** A request that is no HTTP, or has a damaged path, reaches no contract. */
function isFromNode(answer: NonNullable<PoolResponse>, broken: boolean): boolean {
  if (!broken) return false;
  return [400, 404, 408, 413, 417, 426, 431, 501, 505].includes(answer.status) && nodeBody.test(answer.text);
}

function mustConformOrShow(answer: NonNullable<PoolResponse>, contract: string, path: string, shown: () => string): void {
  try {
    mustConform(answer, contract, path);
  } catch (error) {
    throw new Error(`${String(error)}: ${answer.status} ${answer.text} to ${shown()}`, { cause: error });
  }
}

/** The server that the requests go to. */
export interface TestedServer extends ServerIntroduction {
  isAlive(): boolean;
  measureMemory(): Promise<MemoryUse>;
  stop(): Promise<void>;
}

async function startServer(): Promise<TestedServer> {
  const file = join(__dirname, "server-process.ts");
  const child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", file], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const introduction = await nextMessage<ServerIntroduction>(child);
  return {
    ...introduction,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    measureMemory: () => {
      const held = nextMessage<MemoryUse>(child);
      child.send("held");
      return held;
    },
    stop: async () => {
      if (!child.connected) return;
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const gone = new AbortController();
  const ended = once(child, "exit", { signal: gone.signal }).then(([code]) =>
    Promise.reject(new Error(`the server ended with ${String(code)}`)),
  );
  const said = once(child, "message", { signal: gone.signal }).then(([message]) => message as T);
  return Promise.race([said, ended]).finally(() => gone.abort());
}
