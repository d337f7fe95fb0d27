/** Runs an old and a new release on one database, as a rolling update does. */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchDatabase } from "../../bench/databases";
import { makeRequestToken } from "../../../harness/token-requests";
import { type ProcessResult, freePort, type InstalledServer, type ServerProcess } from "../../../harness/installed-server";
import { checkAcrossReleases, type IntrospectingClient, type Sides, checkTokens } from "./across-releases";
import { startCallers } from "./callers";
import { demoClients } from "./demo-clients";
import type { RolloutEvidence, Finding, Side } from "./rollout-judge";
import type { Effort } from "./stressed-server";

export interface Rollout extends RolloutEvidence {
  /** The migrations that the new release ran. */
  migrated: readonly string[];
  /** The number of requests that the stopping old release did not answer, and that went to the new one. */
  moved: number;
}

type Settings = Readonly<Record<string, string>> & { POLYMINT_DATA: string };

const issuer = "http://polymint.test";

/**
 * Replaces an old release by a new one on the same database: the new one migrates while the old one serves, serves beside it,
 * and stays when the old one stops. Callers request tokens by all contracts all the time, from every release that serves.
 * @param own an empty database
 * @throws Error if a release cannot migrate or start at all
 */
export async function rollOut(releases: Readonly<Record<Side, InstalledServer>>, own: BenchDatabase, effort: Effort): Promise<Rollout> {
  const settings = settingsOn(own, releases.old);
  const callers = startCallers(effort.callers);
  const findings: Finding[] = [];
  try {
    await migrate(releases.old, settings);
    const old = await serve(releases.old, settings, "--demo");
    const asker = await createIntrospectingClient(releases.old, settings);
    const clients = demoClients(settings.POLYMINT_DATA, issuer);
    callers.open("old", await makeRequestToken({ ...clients, url: old.url }));
    await sleep(effort.aroundMs);
    const migrated = await migrate(releases.new, settings);
    await sleep(effort.aroundMs);
    const fresh = await serve(releases.new, settings);
    callers.open("new", await makeRequestToken({ ...clients, url: fresh.url }));
    await sleep(effort.aroundMs);

    const sides: Sides = { urls: { old: old.url, new: fresh.url }, clients, asker };
    findings.push(...(await checkAcrossReleases(sides, callers.answers)));
    const end = callers.leave("old", () => stop(old.server));
    findings.push(...checkEnd("old", await end), ...(await checkTokens("old", "new", sides, callers.answers)));
    await sleep(effort.aroundMs);
    await callers.stop();
    findings.push(...checkEnd("new", await stop(fresh.server)));
    const kept = new Set(await own.database.build((knex) => knex("issued_tokens").pluck<string[]>("jti")));
    const { answers, unanswered } = callers;
    return { answers, unanswered, findings, kept, migrated, moved: callers.moved() };
  } finally {
    await callers.stop();
  }
}

/** Both releases have the same settings; the data folder is removed with the old one. */
function settingsOn({ url, connection }: BenchDatabase, old: InstalledServer): Settings {
  const data = join(old.folder, connection.database);
  mkdirSync(data);
  return {
    DATABASE_URL: url,
    POLYMINT_DATA: data,
    POLYMINT_PEPPER: randomBytes(32).toString("base64"),
    POLYMINT_MASTER_KEY: randomBytes(32).toString("base64"),
    ISSUER: issuer,
    WORKERS: "1",
    LOG_LEVEL: "error",
  };
}

/** @returns the names of the migrations that ran */
async function migrate(release: InstalledServer, settings: Settings): Promise<readonly string[]> {
  const { migrated } = (await runJsonCommand(release, ["migrate", "--json"], settings)) as { migrated: string[] };
  return migrated;
}

async function createIntrospectingClient(release: InstalledServer, settings: Settings): Promise<IntrospectingClient> {
  const services = ["--service", "introspection", "--service", "revocation"];
  const command = ["client", "create", await contractOption(release, settings), "abbeycross", "--scope", "a", ...services, "--json"];
  const { client_id, client_secret } = (await runJsonCommand(release, command, settings)) as { client_id: string; client_secret: string };
  return { id: client_id, secret: client_secret };
}

/** Earlier releases call the option `--dialect`. */
async function contractOption(release: InstalledServer, settings: Settings): Promise<string> {
  const { stdout } = await release.run(["client", "create", "--help"], settings);
  return stdout.includes("--contract ") ? "--contract" : "--dialect";
}

async function runJsonCommand(release: InstalledServer, command: readonly string[], settings: Settings): Promise<unknown> {
  const { code, stdout, stderr } = await release.run(command, settings);
  if (code !== 0) throw new Error(`polymint ${command.join(" ")} ended with ${String(code)}: ${stderr}`);
  return JSON.parse(stdout);
}

async function serve(release: InstalledServer, settings: Settings, ...flags: string[]): Promise<{ url: string; server: ServerProcess }> {
  const port = await freePort();
  const server = release.serve({ ...settings, PORT: String(port) }, ...flags);
  await server.waitUntilListening();
  return { url: `http://127.0.0.1:${port}`, server };
}

function stop(server: ServerProcess): Promise<ProcessResult> {
  server.kill("SIGTERM");
  return server.ended;
}

function checkEnd(side: Side, { code, stderr }: ProcessResult): Finding[] {
  return [
    { what: `the exit code of the ${side} release`, wanted: "0", found: String(code) },
    { what: `what the ${side} release wrote to standard error`, wanted: "nothing", found: stderr === "" ? "nothing" : stderr.trim() },
  ];
}
