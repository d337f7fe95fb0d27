import type { MigrationState } from "../store/database/migrate";
import { count } from "./ended-output";
import type { Loss } from "../store/ledger/lost-tokens";
import type { KeyJson } from "./key-output";
import { countLost } from "./ledger";
import { type CommandOutput, formatDetails, joinItems } from "./output";
import type { ServerState } from "./probe";

/** Where the database is, and whether it runs. */
export type DatabaseState =
  | { kind: "embedded"; folder: string; state: "running" | "stopped" | "missing" | "unreachable" }
  | { kind: "external"; host: string; port: number | null; name: string; state: "running" | "unreachable" };

/** What a running database has; of one with pending migrations no more than these. */
export interface DatabaseContent {
  migrations: MigrationState;
  clients?: { active: number; disabled: number };
  /** Those that no operator has acknowledged. */
  losses?: Loss[];
  keys?: KeyJson[];
}

export interface Status {
  version: string;
  servers: readonly ServerState[];
  database: DatabaseState;
  content: DatabaseContent | undefined;
  /** Those that are switched on. */
  contracts: readonly string[];
}

/** Exit codes as `exitMeanings` has them. */
const exits = { good: 0, notReady: 1, noDatabase: 5 } as const;

export function formatStatus(status: Status): CommandOutput {
  const { version, servers, database, content, contracts } = status;
  const keys = content?.keys === undefined ? null : listAlgorithms(content.keys);
  const sandbox = servers.find((server) => server.sandbox !== null)?.sandbox ?? null;
  const migrations = content === undefined ? null : { applied: content.migrations.ran, pending: content.migrations.pending };
  const lost = content?.losses?.reduce((sum, { tokens }) => sum + tokens, 0) ?? null;
  const json = { version, servers, database, migrations, contracts, clients: content?.clients ?? null, keys, lost_tokens: lost, sandbox };
  const text = formatDetails({
    version,
    ...Object.fromEntries(servers.map(({ url, state }, at) => [at === 0 ? "server" : "issuer", `${url} ${serverWords[state]}`])),
    sandbox: sandbox === null ? "unknown" : sandbox ? "on" : "off",
    database: describeDatabase(database),
    migrations: migrations === null ? "unknown" : describeMigrations(migrations),
    contracts: joinItems(contracts),
    clients: content?.clients === undefined ? "unknown" : `${content.clients.active} active, ${content.clients.disabled} disabled`,
    ledger: content?.losses === undefined ? "unknown" : describeLedger(content.losses),
    ...Object.fromEntries((keys ?? []).map((each) => [`key ${each.algorithm}`, describeKey(each)])),
  });
  return { json, text, exit: chooseExit(status) };
}

const serverWords: Record<ServerState["state"], string> = {
  ready: "is ready",
  not_ready: "answers, and is not ready",
  unreachable: "does not answer",
  other: "is another program",
};

function chooseExit({ servers, database, content }: Status): number {
  if (database.state !== "running") return exits.noDatabase;
  const isGood = content?.migrations.pending.length === 0 && servers.some(({ state }) => state === "ready");
  return isGood ? exits.good : exits.notReady;
}

function describeDatabase(database: DatabaseState): string {
  if (database.kind === "external") {
    const { host, port, name, state } = database;
    return `${name} at ${host}${port === null ? "" : `:${port}`}, ${state}`;
  }
  const hint = { stopped: "; the server starts it, and so does every command that needs it", missing: "; `polymint serve` makes one" };
  const { folder, state } = database;
  return `embedded PostgreSQL in ${folder}, ${state}${state === "stopped" || state === "missing" ? hint[state] : ""}`;
}

function describeMigrations({ applied, pending }: { applied: number; pending: readonly string[] }): string {
  const rest = pending.length === 0 ? "none pending" : `pending: ${pending.join(", ")}; run \`polymint migrate\``;
  return `${count(applied, "migration", "migrations")} applied, ${rest}`;
}

function describeLedger(losses: readonly Loss[]): string {
  return losses.length === 0 ? "no loss is known" : `${countLost(losses)}; run \`polymint ledger acknowledge\``;
}

interface AlgorithmState {
  algorithm: string;
  active: string | null;
  /** The key that comes next, if one was made; `polymint key rotate` makes one. */
  next: { kid: string; signs_from: string } | null;
}

function listAlgorithms(keys: readonly KeyJson[]): AlgorithmState[] {
  return [...new Set(keys.map(({ algorithm }) => algorithm))].map((algorithm) => {
    const find = (state: KeyJson["state"]) => keys.find((key) => key.algorithm === algorithm && key.state === state);
    const next = find("next");
    const following = next === undefined ? null : { kid: next.kid, signs_from: next.active_from };
    return { algorithm, active: find("active")?.kid ?? null, next: following };
  });
}

function describeKey({ active, next }: AlgorithmState): string {
  return `${active ?? "none"} signs${next === null ? "; no rotation is due" : `; ${next.kid} from ${next.signs_from} on`}`;
}
