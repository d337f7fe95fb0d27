import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { wiring } from "../../../../generated/wiring";
import { longestTokenSeconds } from "../../../../src/engine/client";
import { makeSecretDigest } from "../../../../src/secrets/secret";
import { makeRegister, type Register } from "../../../../src/registration/register";
import { makeClientAdmin } from "../../../../src/store/clients/admin";
import type { Database } from "../../../../src/store/database";
import { migrateToLatest } from "../../../../src/store/database/migrate";
import { makeProgrammes } from "../../../../src/store/programmes/programmes";
import { seedTestClients } from "../../../../src/testkit/seed";
import { cleanEnvironment, reportEarlyEnd, stopChild } from "../child";
import type { BenchDatabase } from "../databases";
import type { Contender, Target } from "./contender";
import { makeOtherTargets } from "./polymint-other-targets";
import { contractTargetsOf } from "./polymint-targets";

/** The compiled command line, of `make build`. */
export const builtCommand = join(__dirname, "..", "..", "..", "..", "dist", "src", "cli", "polymint.js");

/** The measured server, and what more can be done with it. */
export interface BenchPolymint extends Contender {
  url: string;
  /** Its settings, for commands on its database. */
  settings: Readonly<Record<string, string>>;
  contractTargets: Readonly<Record<string, Target>>;
  register: Register;
}

/** How to start the process. */
export interface StartOptions {
  /** Flags for Node. */
  flags?: readonly string[];
  /** The compiled command line; default that of `make build`. */
  command?: string;
}

/** Flags for Node that write a CPU profile when the process ends. */
export function flagsForProfile(folder: string): string[] {
  return ["--cpu-prof", `--cpu-prof-dir=${folder}`];
}

/** Starts the real server: one process that logs every request, and discards the log. */
export async function startPolymint(
  { database, url: databaseUrl }: Pick<BenchDatabase, "database" | "url">,
  { flags = [], command = builtCommand }: StartOptions = {},
): Promise<BenchPolymint> {
  const pepper = randomBytes(32);
  await migrateToLatest(database);
  const digest = makeSecretDigest(pepper);
  const contracts = new Map(wiring.map(({ name, policy }) => [name, policy]));
  const registrar = { admin: makeClientAdmin(database), programmes: makeProgrammes(database), digest, clock: Date.now };
  const register = makeRegister({ ...registrar, contracts, longestTokenSeconds });
  const seeded = await seedTestClients(wiring, { register, database, clock: Date.now, issuer: "http://polymint.test" });

  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    PORT: String(port),
    ISSUER: url,
    WORKERS: "1",
    LOG_LEVEL: "info",
    DATABASE_URL: databaseUrl,
    // Only for the start, which competes with everything else that is being started.
    DATABASE_CONNECT_TIMEOUT_MS: "10000",
    POLYMINT_PEPPER: pepper.toString("base64"),
    POLYMINT_MASTER_KEY: randomBytes(32).toString("base64"),
  };
  const child = spawn(process.execPath, [...flags, command, "serve"], { env: cleanEnvironment(settings), stdio: "ignore" });
  reportEarlyEnd(child, "polymint");
  await waitUntilReady(child, url);

  const contractTargets = contractTargetsOf(url, seeded);
  const others = await makeOtherTargets({ url, database, register, digest, person: seeded.person, issuing: contractTargets.abbeycross });
  return {
    name: "polymint",
    pid: child.pid ?? 0,
    url,
    settings,
    register,
    targets: { ...contractTargets, ...others },
    contractTargets,
    countRows: (endpoint) => countTokens(database, endpoint),
    stop: () => stopChild(child),
  };
}

async function countTokens(database: Database, endpoint: string): Promise<number | undefined> {
  if (endpoint === "introspection") return undefined;
  const refreshes = endpoint === "refresh";
  const { rows } = await database.query<{ count: number }>(countStatement, [refreshes ? "screening-eagle" : endpoint, refreshes]);
  return rows[0]?.count ?? 0;
}

const countStatement = {
  name: "bench_count",
  text: "SELECT count(*)::int AS count FROM issued_tokens WHERE dialect = ? AND (grant_type = 'refresh_token') = ?",
};

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline && child.exitCode === null) {
    const ready = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await sleep(50);
  }
  await stopChild(child);
  throw new Error(`polymint did not come up (exit code ${String(child.exitCode)}); is it built? make build`);
}
