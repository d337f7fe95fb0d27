/** A primary and its standbys, each a PostgreSQL 18 of its own, to be promoted, frozen and killed. */
import { chownSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { type OsUser, runChild } from "../../../src/embedded-postgres/child-process";
import { makeOwnPostgres, type OwnPlace, type OwnPostgres } from "../../harness/own-postgres";

/** One server of a cluster, on 127.0.0.1. */
export interface ClusterServer extends OwnPostgres {
  /** Its name in `synchronous_standby_names`. */
  name: string;
  /** Stops every process of the server with SIGSTOP. Its connections stay, and nothing answers. */
  freeze(): void;
  /** Lets a frozen server go on. */
  thaw(): void;
}

/** A server that follows another one until it is promoted. */
export interface Standby extends ClusterServer {
  /** Makes it a primary, and resolves when it accepts writes. */
  promote(): Promise<void>;
  /** Follows another server, as after a failover. */
  follow(primary: ClusterServer): Promise<void>;
}

export interface ClusterOptions {
  /** As for `postgres -c`. A standby has those of its primary, and its own. */
  settings?: Readonly<Record<string, string>>;
  /** The server's certificate and key, PEM. Clients may then use TLS. */
  tls?: { cert: string; key: string; ca?: string };
  /** The lines of pg_hba.conf. Default: everyone on this machine is trusted. */
  access?: readonly string[];
}

/** Enough WAL for a standby that was away for a while, and slots and senders for as many standbys as a test starts. */
const replicationSettings = { wal_keep_size: "256MB", hot_standby: "on", wal_log_hints: "on", wal_receiver_status_interval: "1s" };
/** A standby copies these from nowhere: they belong to the running primary. */
const left = ["postmaster.pid", "postmaster.opts", "standby.signal"];

const optionsOf = new WeakMap<ClusterServer, ClusterOptions>();
let started = 0;

/** Starts a primary without standbys. */
export async function startPrimary(options: ClusterOptions = {}): Promise<ClusterServer> {
  const own = await makeOwnPostgres({
    settings: { ...replicationSettings, ...tlsSettings(options), ...options.settings },
    prepare: async (place) => writeAccess(place, options),
  });
  return addHandles(own, options);
}

/**
 * Starts a standby from a copy of the running primary, and resolves when it streams.
 * @param options `synchronous`: commits on the primary wait for one of its synchronous standbys from now on
 */
export async function startStandby(primary: ClusterServer, options: ClusterOptions & { synchronous?: boolean } = {}): Promise<Standby> {
  const inherited = optionsOf.get(primary) ?? {};
  const all = { ...inherited, ...options, settings: { ...inherited.settings, ...options.settings } };
  const name = `standby_${(started += 1)}`;
  const own = await makeOwnPostgres({
    empty: true,
    settings: { ...replicationSettings, ...tlsSettings(all), ...all.settings, cluster_name: name },
    prepare: async (place) => {
      await copyRunning(primary, place);
      writeOwned(place, "postgresql.auto.conf", `primary_conninfo = '${describePrimary(primary, name)}'\n`);
      writeOwned(place, "standby.signal", "");
      writeAccess(place, options);
    },
  });
  const server = addHandles(own, all, name);
  await waitUntilStreaming(primary, name);
  if (options.synchronous === true) await makeSynchronous(primary, name);
  return {
    ...server,
    async promote() {
      await own.run("SELECT pg_promote(true, 30)");
    },
    async follow(next) {
      await own.set("primary_conninfo", describePrimary(next, name));
      await waitUntilStreaming(next, name);
    },
  };
}

/** Adds a standby to those of which one must have a commit. */
async function makeSynchronous(primary: ClusterServer, name: string): Promise<void> {
  const [row] = await primary.run("SELECT current_setting('synchronous_standby_names') AS names");
  const before = /\((.*)\)/.exec(String(row?.names))?.[1];
  await primary.set("synchronous_standby_names", `ANY 1 (${before === undefined ? name : `${before}, ${name}`})`);
  while ((await findReplica(primary, name))?.sync_state !== "quorum") await sleep(20);
}

async function waitUntilStreaming(primary: ClusterServer, name: string): Promise<void> {
  while ((await findReplica(primary, name))?.state !== "streaming") await sleep(20);
}

async function findReplica(primary: ClusterServer, name: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await primary.run(`SELECT state, sync_state FROM pg_stat_replication WHERE application_name = '${name}'`);
  return row;
}

/** The low-level backup API (PostgreSQL documentation, 25.3.4): the session that begins the backup must end it. */
async function copyRunning(primary: ClusterServer, place: OwnPlace): Promise<void> {
  const session = new Client({ connectionString: primary.url });
  await session.connect();
  try {
    await session.query("SELECT pg_backup_start('standby', true)");
    await runChild("cp", ["-a", primary.pgdata, place.pgdata], { cwd: "/", osUser: place.account });
    await runChild("rm", ["-f", ...left.map((file) => join(place.pgdata, file))], { cwd: "/", osUser: place.account });
    const { rows } = await session.query<{ labelfile: string }>("SELECT labelfile FROM pg_backup_stop(false)");
    writeOwned(place, "backup_label", rows[0]?.labelfile ?? "");
  } finally {
    await session.end();
  }
}

function describePrimary(primary: ClusterServer, name: string): string {
  return `host=127.0.0.1 port=${primary.port} user=polymint application_name=${name}`;
}

function tlsSettings({ tls }: ClusterOptions): Record<string, string> {
  if (tls === undefined) return {};
  const files = { ssl_cert_file: "own.crt", ssl_key_file: "own.key", ...(tls.ca === undefined ? {} : { ssl_ca_file: "own-ca.crt" }) };
  return { ssl: "on", ...files };
}

/** Writes who may connect, and the files of TLS. */
function writeAccess(place: OwnPlace, { tls, access }: ClusterOptions): void {
  if (access !== undefined) writeOwned(place, "pg_hba.conf", ["local all all trust", ...access, ""].join("\n"));
  if (tls === undefined) return;
  writeOwned(place, "own.crt", tls.cert);
  writeOwned(place, "own.key", tls.key);
  if (tls.ca !== undefined) writeOwned(place, "own-ca.crt", tls.ca);
}

function writeOwned({ pgdata, account }: OwnPlace, name: string, text: string): void {
  writeFileSync(join(pgdata, name), text, { mode: 0o600 });
  if (account !== undefined) chownOwned(join(pgdata, name), account);
}

function chownOwned(path: string, { uid, gid }: OsUser): void {
  chownSync(path, uid, gid);
}

function addHandles(own: OwnPostgres, options: ClusterOptions, name = "primary"): ClusterServer {
  const signal = (sent: "SIGSTOP" | "SIGCONT"): void => listProcesses(own.pgdata).forEach((pid) => process.kill(pid, sent));
  const server: ClusterServer = {
    ...own,
    name,
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async end(how) {
      // The postmaster comes first, so that it starts nothing anew. A stopped process takes no other signal than SIGKILL.
      if (how === "SIGKILL") listProcesses(own.pgdata).forEach(killIfThere);
      else signal("SIGCONT");
      await own.end(how);
    },
    async remove() {
      signal("SIGCONT");
      await own.remove();
    },
  };
  optionsOf.set(server, options);
  return server;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended with its parent.
  }
}

/** @returns the postmaster of a data directory, then its children; none if it does not run */
function listProcesses(pgdata: string): number[] {
  const postmaster = readPostmasterPid(pgdata);
  if (postmaster === undefined) return [];
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && readParent(name) === postmaster);
  return [postmaster, ...children.map(Number)];
}

function readPostmasterPid(pgdata: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(pgdata, "postmaster.pid"), "utf8").split("\n")[0]);
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(pgdata) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function readParent(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
