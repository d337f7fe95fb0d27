import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { useEmbeddedPostgres } from "../../../../src/embedded-postgres";
import { readBannerCurls, freePort, type InstalledServer, type ServerProcess, until } from "../../../harness/installed-server";
import type { Outcome } from "../scenario";
import { brokenBy, type Flaw } from "./broken-server";
import type { CallerLoad } from "./load";

/** What a scenario counted. */
export interface ScenarioCounts extends Outcome {
  /** Of the answers, those with a token. */
  given: number;
  /** Tokens that the ledger holds and nobody was given. */
  unheard: number;
  /** Connections that ended under a request, if it was answered elsewhere too. */
  cut: number;
  recoveredAfterMs: number;
}

/** What a scenario found. */
export interface ScenarioFigures extends ScenarioCounts {
  /** What of it must not be, in words. Of a server without a flaw there is nothing; of one with, this is how it is caught. */
  faults: readonly string[];
}

/** How long and how hard. */
export interface Effort {
  callers: number;
  /** Milliseconds of load before the fault, and after the recovery. */
  aroundMs: number;
}

export const fullEffort: Effort = { callers: 32, aroundMs: 5_000 };

/** A server with an embedded database of its own, and a client to ask it for tokens. */
export interface StressedServer {
  data: string;
  url: string;
  server: ServerProcess;
  /** A request for a token of the abbeycross contract. */
  body: string;
  /** One more server on the same database. */
  another(settings?: Readonly<Record<string, string>>): Promise<{ url: string; server: ServerProcess }>;
}

/** @param flaw of a broken server in the real one's place, to see that a scenario would notice */
export async function startStressedServer(
  newcomer: InstalledServer,
  name: string,
  settings: Readonly<Record<string, string>>,
  flaw?: Flaw,
): Promise<StressedServer> {
  const data = join(newcomer.folder, flaw === undefined ? name : `${name}-${flaw}`);
  const broken = flaw === undefined ? {} : brokenBy(flaw, newcomer);
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
    const server = newcomer.serve(own, "--demo");
    await server.waitUntilListening();
    return { url: `http://127.0.0.1:${port}`, server };
  };
  const first = await another();
  const body = /-d '([^']+)'/.exec(readBannerCurls(first.server.stdout()).abbeycross ?? "")?.[1] ?? "";
  return { data, ...first, body, another };
}

/** Resolves when that many tokens were given, and then for as long as the effort wants. */
export async function waitUnderLoad(load: CallerLoad, { aroundMs }: Effort): Promise<void> {
  const before = load.shots.length;
  await until("there is load", () => load.shots.slice(before).filter(({ status }) => status === 200).length >= 100, 30_000);
  await sleep(aroundMs);
}

/** Compares what was given with what the ledger holds. @throws Error for a status that none of this can be the cause of */
export async function countTokens(name: string, data: string, load: CallerLoad, recoveredAfterMs: number): Promise<ScenarioCounts> {
  return { name, ...compareWithLedger(load, await readLedger(data)), recoveredAfterMs };
}

/** @param kept the jtis that the ledger holds */
export function compareWithLedger({ shots }: CallerLoad, kept: ReadonlySet<string>): Omit<ScenarioCounts, "name" | "recoveredAfterMs"> {
  const odd = shots.find(({ status }) => ![0, 200, 429, 503].includes(status));
  if (odd !== undefined) throw new Error(`somebody was answered ${odd.status}`);
  const given = shots.flatMap(({ jti }) => jti ?? []);
  const heard = new Set(given);
  const unanswered = shots.filter(({ status }) => status === 0).length;
  return {
    requests: shots.length,
    answered: shots.length - unanswered,
    given: given.length,
    lost: given.filter((jti) => !kept.has(jti)).length,
    unheard: [...kept].filter((jti) => !heard.has(jti)).length,
    cut: shots.reduce((sum, { cut }) => sum + cut, 0),
    remark: `${given.length} tokens, ${shots.length - unanswered - given.length} told to come back, ${unanswered} cut off`,
  };
}

/** What no scenario may find. */
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

/** Ends it as its operator would. @throws Error if it does not end well */
export async function stopServer(server: ServerProcess): Promise<void> {
  server.kill("SIGTERM");
  const { code, stderr } = await server.ended;
  if (code !== 0) throw new Error(`the server ended with ${String(code)}: ${stderr}`);
}
