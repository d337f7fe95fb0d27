/** Two Polymint servers on the cluster, and the clients that they know. */
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
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const issuer = urls[0] ?? "";
  const shared = { DATABASE_URL: databaseUrl, ISSUER: issuer, WORKERS: "1", LOG_LEVEL: "warn" };
  const limits = { FAILURE_LIMIT_SOURCE: "off", FAILURE_LIMIT_ADDRESS: "off", REFRESH_GRACE_SECONDS: grace ?? String(refreshGraceSeconds) };
  const servers: ServerProcess[] = [];
  for (const port of ports) {
    const server = installed.serve({ ...shared, ...limits, PORT: String(port) }, "--demo");
    servers.push(server);
    await server.waitUntilListening();
  }
  return {
    ...{ urls, issuer, person: demoPerson(installed.data), app: await registerApp(installed, databaseUrl) },
    clients: demoClients(installed.data, issuer, assertionSeconds),
    findBugs: () => servers.flatMap((server) => server.stderr().split("\n").filter(isBug)),
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
