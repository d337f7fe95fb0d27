/** What the command line's searches take. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { makeClientAdmin } from "../../../../src/store/clients/admin";
import type { Database } from "../../../../src/store/database";
import { makeFirstJti } from "../../../../src/store/ledger/jti-time";
import { makeLedgerReader } from "../../../../src/store/ledger/reader";
import { cleanEnvironment } from "../child";
import { builtCommand } from "../servers/polymint";
import { type Spread, spreadOf } from "../statistics";
import { clientWithFew, clientWithMany } from "./fill";

/** How long a command took several times. */
export interface TimedCommand {
  command: string;
  /** Milliseconds of what it asks the database, with the new connection that it opens. */
  database: Spread;
  /** Seconds of the whole process. */
  whole: Spread;
}

const timesAsked = 9;
const timesRun = 3;

interface Search {
  command: string;
  ask: (jti: string) => Promise<unknown>;
}

/** @param settings of a server on this database */
export async function timeCommands(
  database: Database,
  listSearches: (database: Database, now: number) => Search[],
  settings: Readonly<Record<string, string>>,
): Promise<TimedCommand[]> {
  const jtis = await pickJtis(database, timesAsked);
  const timed: TimedCommand[] = [];
  for (const { command, ask } of listSearches(database, Date.now())) {
    const asked = await time(timesAsked, (turn) => ask(jtis[turn] ?? ""));
    const whole = await time(timesRun, (turn) => run(command.replace("JTI", jtis[turn] ?? ""), settings));
    const one = { command, database: spreadOf(asked), whole: spreadOf(whole.map((ms) => ms / 1000)) };
    process.stderr.write(
      `${command}: ${one.database.median.toFixed(0)} ms, at most ${one.database.most.toFixed(0)} ms; ${one.whole.median.toFixed(2)} s\n`,
    );
    timed.push(one);
  }
  return timed;
}

/** Searches among many clients. */
export function listClientSearches(database: Database, now: number): Search[] {
  const admin = makeClientAdmin(database);
  return [
    { command: "client list", ask: () => admin.list({ limit: 101 }, now) },
    { command: "client list --limit 10000", ask: () => admin.list({ limit: 10_001 }, now) },
    { command: "client list --search nobody", ask: () => admin.list({ search: "nobody", limit: 101 }, now) },
  ];
}

/** Searches among many tokens. */
export function listLedgerSearches(database: Database, now: number): Search[] {
  const reader = makeLedgerReader(database);
  const lists = [clientWithMany, clientWithFew, "nobody"].flatMap((clientId): Search[] => [
    { command: `token list --client ${clientId}`, ask: () => reader.list({ clientId, limit: 101 }, now) },
    { command: `token list --active --client ${clientId}`, ask: () => reader.list({ clientId, active: true, limit: 101 }, now) },
  ]);
  return [
    { command: "token show JTI", ask: (jti) => reader.findByJti(jti) },
    { command: "token revoke JTI", ask: (jti) => reader.revokeByJti(jti, Math.floor(now / 1000)) },
    ...lists,
    { command: "token list", ask: () => reader.list({ limit: 101 }, now) },
    { command: "token list --subject nobody", ask: () => reader.list({ subject: "nobody", limit: 101 }, now) },
  ];
}

/** Picks tokens that were issued at moments of the whole last hour. */
async function pickJtis(database: Database, count: number): Promise<string[]> {
  const now = Date.now();
  const moments = Array.from({ length: count }, (_, nth) => makeFirstJti(now - Math.round((3_000_000 * (nth + 1)) / count)));
  const picked: string[] = [];
  for (const moment of moments) {
    const found = await database.build((knex) =>
      knex("issued_tokens").where("jti", ">=", moment).orderBy("jti").limit(1).pluck<string[]>("jti"),
    );
    picked.push(...found);
  }
  if (picked.length < count) throw new Error("The ledger has too few tokens.");
  return picked;
}

/** @returns milliseconds of each turn */
async function time(times: number, work: (turn: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const began = performance.now();
    await work(turn);
    taken.push(performance.now() - began);
  }
  return taken;
}

async function run(command: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, [builtCommand, ...command.split(" ")], { env: cleanEnvironment(settings), stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`polymint ${command} ended with ${String(code)}`);
}
