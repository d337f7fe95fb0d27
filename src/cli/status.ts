import type { Command } from "commander";
import type { Config } from "../config";
import { Unavailable } from "../engine/refusal";
import type { Database } from "../store/database";
import { formatHost, parseConnectionString } from "../store/database/connection-string";
import { describeFailure } from "./errors";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { listServerUrls, probeServer } from "./probe";
import { type DatabaseContent, type DatabaseState, formatStatus, type Status } from "./status-output";

/** `polymint status` */
export function addStatus(program: Command): void {
  const command = program
    .command("status")
    .description("say whether a server is ready here, on which database, and what is in it; changes and starts nothing")
    .option("--demo", "ask about the `serve --demo` that runs on POLYMINT_DATA, with its settings")
    .action(makeAction(showStatus));
  addExamples(command, "status", "status --json", "status --demo");
}

async function showStatus({ demo }: { demo?: true }): Promise<CommandOutput> {
  if (demo === true) (await import("./demo-settings.js")).takeDemoSettings();
  const { readCommandConfig } = await import("./session.js");
  const { readVersion } = await import("./version.js");
  const { config } = readCommandConfig();
  const [servers, { database, content, why }] = await Promise.all([
    Promise.all(listServerUrls(config).map((url, at) => probeServer(url, at === 0))),
    readDatabase(config),
  ]);
  const status: Status = { version: readVersion(), servers, database, content, contracts: config.contracts.enabled };
  return { ...formatStatus(status), ...(why !== undefined && { warnings: [why] }) };
}

interface FoundDatabase {
  database: DatabaseState;
  content: DatabaseContent | undefined;
  /** Why the database is unreachable. */
  why?: string;
}

async function readDatabase(config: Config): Promise<FoundDatabase> {
  const { openConfiguredDatabase } = await import("../process/resources.js");
  const place = await findDatabase(config);
  if (place.state !== "running") return { database: place, content: undefined };
  const opened = await openConfiguredDatabase(config);
  try {
    return { database: place, content: await readContent(opened.database) };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { database: { ...place, state: "unreachable" }, content: undefined, why: describeFailure(error).message };
  } finally {
    await opened.close();
  }
}

/** An own PostgreSQL counts as running until it proves otherwise. Its URL may have a password, so only parts of it are shown. */
async function findDatabase({ databaseUrl, data }: Config): Promise<DatabaseState> {
  if (databaseUrl === undefined) {
    const { findEmbeddedPostgres } = await import("../embedded-postgres/index.js");
    return { kind: "embedded", ...(await findEmbeddedPostgres(data)) };
  }
  const { hosts, parameters } = parseConnectionString(databaseUrl);
  const ports = new Set(hosts.map(({ port }) => port));
  const port = ports.size === 1 ? (hosts[0]?.port ?? null) : null;
  const host = hosts.map((each) => (ports.size === 1 ? (each.host ?? "") : formatHost(each))).join(", ");
  const name = typeof parameters.database === "string" ? parameters.database : "";
  return { kind: "external", host, port, name, state: "running" };
}

/** The tables of an older schema may lack columns, so only its migrations are read. */
async function readContent(database: Database): Promise<DatabaseContent> {
  const { readMigrationState } = await import("../store/database/migrate.js");
  const { countClients } = await import("../store/clients/count.js");
  const { makeSigningKeys } = await import("../store/signing-keys.js");
  const { readLosses } = await import("../store/ledger/lost-tokens.js");
  const { toKeysJson } = await import("./key-output.js");
  const migrations = await readMigrationState(database);
  if (migrations.pending.length > 0) return { migrations };
  const [clients, keys, losses] = await Promise.all([countClients(database), makeSigningKeys(database).list(), readLosses(database)]);
  return { migrations, clients, losses, keys: toKeysJson(keys, Date.now()) };
}
