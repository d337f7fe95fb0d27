/** Two Polymint servers on the cluster, and the clients that they know. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InstalledServer, ServerProcess } from "../../harness/installed-server";
import { freePort } from "../../harness/installed-server";
import type { TokenServer } from "../../harness/token-requests";
import { demoClients, demoPerson } from "../stress/process/demo-clients";
import type { Cluster } from "./cluster";
import { ttlSeconds } from "./cluster-settings";

/** An application that people log in for, so that it has refresh tokens. */
export interface App {
  id: string;
  secret: string;
  redirectUri: string;
}

export interface Servers {
  urls: readonly string[];
  issuer: string;
  clients: Omit<TokenServer, "url">;
  app: App;
  person: { email: string; password: string };
  /** The lines of the servers' logs that no outage explains. */
  findBugs(): string[];
  /** Writes their logs to a folder. */
  writeLogs(folder: string): void;
  /** How many tokens the servers have found to be lost: what they tell an operator. */
  countLost(): Promise<number>;
  stop(): Promise<void>;
}

/** Assertions must outlive a round, so that only the ledger can refuse the second use of one. */
const assertionSeconds = 600;
/** A client may repeat a refresh whose answer was lost for as long as the database can be away. */
const refreshGraceSeconds = ttlSeconds + 20;
const scope = "openid offline";

/** @param databaseUrl without the user: `HOST:PORT/DATABASE?…` */
export async function startServers(installed: InstalledServer, cluster: Cluster, databaseUrl: string, grace?: string): Promise<Servers> {
  await cluster.runOnPrimary("CREATE ROLE polymint LOGIN", [], "postgres");
  await cluster.runOnPrimary("CREATE DATABASE polymint OWNER polymint", [], "postgres");
  const ports = [await freePort(), await freePort()];
  const metricsPorts = [await freePort(), await freePort()];
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const issuer = urls[0] ?? "";
  const shared = { DATABASE_URL: databaseUrl, ISSUER: issuer, WORKERS: "1", LOG_LEVEL: "warn" };
  const limits = { FAILURE_LIMIT_SOURCE: "off", FAILURE_LIMIT_ADDRESS: "off", REFRESH_GRACE_SECONDS: grace ?? String(refreshGraceSeconds) };
  const servers: ServerProcess[] = [];
  for (const [index, port] of ports.entries()) {
    const ownPorts = { PORT: String(port), METRICS_PORT: String(metricsPorts[index]) };
    const server = installed.serve({ ...shared, ...limits, ...ownPorts }, "--demo");
    servers.push(server);
    await server.waitUntilListening();
  }
  return {
    ...{ urls, issuer, person: demoPerson(installed.data), app: await registerApp(installed, databaseUrl) },
    clients: demoClients(installed.data, issuer, assertionSeconds),
    findBugs: () => servers.flatMap((server) => server.stderr().split("\n").filter(isBug)),
    writeLogs: (folder) => {
      for (const [index, server] of servers.entries()) writeFileSync(join(folder, `server${index + 1}.log`), server.stderr());
    },
    countLost: async () => (await Promise.all(metricsPorts.map(readLost))).reduce((sum, lost) => sum + lost, 0),
    stop: async () => {
      for (const server of servers) server.kill("SIGTERM");
      await Promise.all(servers.map(({ ended }) => ended));
    },
  };
}

async function registerApp(installed: InstalledServer, databaseUrl: string): Promise<App> {
  const redirectUri = "https://app.example.net/callback";
  const args = ["client", "create", "--contract", "screening-eagle", "--scope", scope, "--redirect-uri", redirectUri, "--json"];
  const { code, stdout, stderr } = await installed.run(args, { DATABASE_URL: databaseUrl });
  if (code !== 0) throw new Error(`the client was not registered: ${stderr}`);
  const { client_id, client_secret } = JSON.parse(stdout) as { client_id: string; client_secret: string };
  return { id: client_id, secret: client_secret, redirectUri };
}

async function readLost(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^polymint_ledger_lost_total\S* (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}

/** An error of the server itself, or the end of a process. */
function isBug(line: string): boolean {
  if (line === "") return false;
  try {
    const { level, outcome } = JSON.parse(line) as { level: number; outcome?: string };
    return level >= 60 || outcome === "server_error";
  } catch {
    return true;
  }
}
