/** Starts a server for a stress scenario, and compares what it answered with its ledger. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { useEmbeddedPostgres } from "../../../../src/embedded-postgres";
import { readBannerCurls, freePort, type InstalledServer, type ServerProcess, until } from "../../../harness/installed-server";
import type { Outcome } from "../scenario";
import { brokenBy, type Flaw } from "./broken-server";
import type { CallerLoad } from "./load";

/** The counts of a scenario. */
export interface ScenarioCounts extends Outcome {
  /** Answers with a token. */
  given: number;
  /** Tokens in the ledger whose answer no caller received. */
  unheard: number;
  /** Connections that ended during a request, even if another server answered it. */
  cut: number;
  recoveredAfterMs: number;
}

/** The counts of a scenario and its judgement. */
export interface ScenarioFigures extends ScenarioCounts {
  /** A sentence for every fault. A server without a flaw has none; a broken server is caught by them. */
  faults: readonly string[];
}

/** The number of callers, and the length of a scenario. */
export interface Effort {
  callers: number;
  /** Milliseconds of load before the fault, and after the recovery. */
  aroundMs: number;
}

export const fullEffort: Effort = { callers: 32, aroundMs: 5_000 };

/** A server with an embedded database of its own, and a client of it. */
export interface StressedServer {
  data: string;
  url: string;
  server: ServerProcess;
  /** The body of a token request of the abbeycross contract. */
  body: string;
  /** Starts another server on the same database. */
  another(settings?: Readonly<Record<string, string>>): Promise<{ url: string; server: ServerProcess }>;
}

/** @param flaw breaks the server, to show that a scenario notices it */
export async function startStressedServer(
  installed: InstalledServer,
  name: string,
  settings: Readonly<Record<string, string>>,
  flaw?: Flaw,
): Promise<StressedServer> {
  const data = join(installed.folder, flaw === undefined ? name : `${name}-${flaw}`);
  const broken = flaw === undefined ? {} : brokenBy(flaw, installed);
  const another: StressedServer["another"] = async (more = {}) => {
    const port = await freePort();
    const own = {
      POLYMINT_DATA: data,
      PORT: String(port),
      LOG_LEVEL: "warn",
      ISSUER: "http://polymint.test",
      ...broken,
      ...settings,
      ...more,
    };
    const server = installed.serve(own, "--demo");
    await server.waitUntilListening();
    return { url: `http://127.0.0.1:${port}`, server };
  };
  const first = await another();
  const body = /-d '([^']+)'/.exec(readBannerCurls(first.server.stdout()).abbeycross ?? "")?.[1] ?? "";
  return { data, ...first, body, another };
}

/** Waits until 100 more tokens were given, and then for the time of the effort. */
export async function waitUnderLoad(load: CallerLoad, { aroundMs }: Effort): Promise<void> {
  const before = load.calls.length;
  await until("there is load", () => load.calls.slice(before).filter(({ status }) => status === 200).length >= 100, 30_000);
  await sleep(aroundMs);
}

/** Compares the given tokens with the ledger. @throws Error for a status that no scenario can cause */
export async function countTokens(name: string, data: string, load: CallerLoad, recoveredAfterMs: number): Promise<ScenarioCounts> {
  return { name, ...compareWithLedger(load, await readLedger(data)), recoveredAfterMs };
}

/** @param kept the jtis in the ledger */
export function compareWithLedger({ calls }: CallerLoad, kept: ReadonlySet<string>): Omit<ScenarioCounts, "name" | "recoveredAfterMs"> {
  const odd = calls.find(({ status }) => ![0, 200, 429, 503].includes(status));
  if (odd !== undefined) throw new Error(`A caller was answered ${odd.status}.`);
  const given = calls.flatMap(({ jti }) => jti ?? []);
  const received = new Set(given);
  const unanswered = calls.filter(({ status }) => status === 0).length;
  return {
    requests: calls.length,
    answered: calls.length - unanswered,
    given: given.length,
    lost: given.filter((jti) => !kept.has(jti)).length,
    unheard: [...kept].filter((jti) => !received.has(jti)).length,
    cut: calls.reduce((sum, { cut }) => sum + cut, 0),
    remark: `${given.length} tokens, ${calls.length - unanswered - given.length} told to come back, ${unanswered} cut off`,
  };
}

/** The faults that no scenario may have. */
export function findCommonFaults({ lost, given }: ScenarioCounts): string[] {
  return [
    ...(lost > 0 ? [`${lost} tokens that were given are not in the ledger`] : []),
    ...(given <= 100 ? [`only ${given} tokens were given`] : []),
  ];
}

async function readLedger(data: string): Promise<ReadonlySet<string>> {
  const postgres = await useEmbeddedPostgres({ folder: data, explicit: true });
  const client = new Client(postgres.getConnectionParameters());
  await client.connect();
  try {
    const { rows } = await client.query<{ jti: string }>("SELECT jti FROM issued_tokens");
    return new Set(rows.map(({ jti }) => jti));
  } finally {
    await client.end();
    await postgres.release();
  }
}

/** Stops a server as its operator does. @throws Error if its exit code is not 0 */
export async function stopServer(server: ServerProcess): Promise<void> {
  server.kill("SIGTERM");
  const { code, stderr } = await server.ended;
  if (code !== 0) throw new Error(`the server ended with ${String(code)}: ${stderr}`);
}
