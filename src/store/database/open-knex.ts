import knex, { type Knex } from "knex";
import { type ConnectionTarget, makeTarget, parseConnectionString } from "./connection-string";
import type { DatabaseSettings } from "./database-settings";
import type { LagLimit } from "./freshness";
import { makeConnect } from "./hosts";
import { releaseProcessWhenIdle } from "./idle-pool";
import { makePoolerClient } from "./pooler";
import { makePostgresClient } from "./postgres-client";

/** The server has this long after `statement_timeout` to report the timeout itself. */
const resultGraceMs = 300;
/** A failed attempt to connect fails only one of the queries that wait; the next attempt must follow soon, to fail the next. */
const createRetryIntervalMillis = 5;
/** If a Polymint process vanishes in the middle of a transaction, PostgreSQL releases its locks after this time. */
const idleTransactionMs = 15_000;

/**
 * Opens a pool of knex for these settings. The first query makes the first connection.
 * @param onConnectionLost called when a connection ends that the pool did not close
 */
export function openKnex(
  settings: DatabaseSettings,
  { lagLimit, onConnectionLost = () => undefined }: { lagLimit?: LagLimit | undefined; onConnectionLost?: () => void } = {},
): Knex {
  const { connectTimeoutMs, statementTimeoutMs } = settings;
  const limits = { statementMs: statementTimeoutMs, idleTransactionMs, connectMs: connectTimeoutMs };
  const ofPooler = hasPooler(settings) ? makePoolerClient(limits) : undefined;
  const target = readTarget(settings);
  // A copy for each: knex hides the password in its own.
  const connection = makeConnectionSettings(settings, target);
  const opened = knex({
    client: makePostgresClient(statementTimeoutMs + resultGraceMs, makeConnect(target, { ...connection }, connectTimeoutMs, lagLimit), {
      Base: lagLimit === undefined ? ofPooler : lagLimit.extendClient(ofPooler),
      onConnectionLost,
    }),
    // Without this, knex asks each server for its version, with no time limit. Nothing that depends on the version is used here.
    version: "14.0",
    connection,
    // A little longer than the connection has, so that the error of the failed connection is the one reported.
    acquireConnectionTimeout: connectTimeoutMs + 100,
    pool: { min: 0, max: settings.poolMax, createTimeoutMillis: connectTimeoutMs + resultGraceMs, createRetryIntervalMillis },
    // The caller gets every error. knex must not print them as well, with values in the text.
    compileSqlOnError: false,
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  });
  const { onStatement } = settings;
  if (onStatement !== undefined) opened.on("query", (query: { sql: string }) => onStatement(query.sql));
  if (settings.holdsProcess === false) releaseProcessWhenIdle(opened);
  return opened;
}

function hasPooler({ pooler }: DatabaseSettings): boolean {
  return pooler === "transaction";
}

/** @returns a URL as it is read, or the parameters of `pg`, which are those of one host */
function readTarget({ connection, maxLagSeconds }: DatabaseSettings): ConnectionTarget {
  const target = parseConnection(connection);
  // A server that only reads wants no primary if it can have a standby.
  const readsOnly = maxLagSeconds !== undefined && target.hosts.length > 1;
  return readsOnly ? { ...target, targetSessionAttrs: target.targetSessionAttrs ?? "prefer-standby" } : target;
}

function parseConnection(connection: DatabaseSettings["connection"]): ConnectionTarget {
  if (typeof connection === "string") return parseConnectionString(connection);
  const { connectionString, host, port, ...parameters } = connection as { host?: string; port?: number } & Record<string, unknown>;
  if (typeof connectionString !== "string") return makeTarget({ host, port }, parameters);
  const target = parseConnectionString(connectionString);
  return { ...target, parameters: { ...target.parameters, ...parameters } };
}

function makeConnectionSettings(settings: DatabaseSettings, { parameters }: ConnectionTarget): Record<string, unknown> {
  const { statementTimeoutMs } = settings;
  return {
    application_name: "polymint",
    ...parameters,
    // A pooler refuses parameters that it cannot keep for each of its clients.
    ...(!hasPooler(settings) && { statement_timeout: statementTimeoutMs, idle_in_transaction_session_timeout: idleTransactionMs }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}
