/** A checkout with a build, in which the demo is served for all pages. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTestDatabase } from "../../src/testkit/test-database";
import { copyCompiledRelease, databaseUrlOf, freePort, installServer, type ServerProcess } from "../harness/installed-server";
import { root } from "./blocks";
import { npxStandIn, openShell, type PageShell, standIns, strictCurl } from "./page-shell";

/** The ports that the pages name. */
const documented = { http: "3000", tls: "3443" };
/** What the commands of the pages read or change. */
const copied = ["src", "openapi", "generated", "test/fixtures/vendors", "Makefile", "tsconfig.json", "tsconfig.build.json"];

export interface Demo {
  openPage(): PageShell;
  /** Puts this server's ports in the place of those that the pages name. */
  localize(text: string): string;
  readSecret(clientId: string): string | undefined;
  /** Another database, for programs that make their own keys. */
  emptyDatabaseUrl: string;
  stop(): Promise<void>;
}

/** Serves the demo on one database, in a folder that is no reader's own. */
export async function serveDemo(): Promise<Demo> {
  const database = await makeTestDatabase(process.env.DATABASE_URL);
  const another = await makeTestDatabase(process.env.DATABASE_URL);
  const ports = { http: String(await freePort()), tls: String(await freePort()) };
  const checkout = installServer(root, (source, folder) => {
    copyCompiledRelease(source, folder);
    for (const name of copied) cpSync(join(source, name), join(folder, name), { recursive: true });
    mkdirSync(join(folder, strictCurl));
    writeFileSync(join(folder, strictCurl, ".curlrc"), "fail-with-body\n");
    mkdirSync(join(folder, standIns));
    writeFileSync(join(folder, standIns, "npx"), npxStandIn, { mode: 0o755 });
  });
  // The embedded database of the demo takes seconds to make, and other tests start it. On one of its own it has the sandbox.
  const { DATABASE_URL, SANDBOX_DATABASE } = nameDatabase(databaseUrlOf(database));
  const settings = { DATABASE_URL, SANDBOX_DATABASE, POLYMINT_DATA: ".polymint", PORT: ports.http, WORKERS: "1" };
  const path = `${join(checkout.folder, standIns)}:${process.env.PATH ?? ""}`;
  const environment = { ...settings, PATH: path, HOME: checkout.folder, LOG_LEVEL: "error" };
  const serve = async (own: Readonly<Record<string, string>>): Promise<void> => {
    const server: ServerProcess = checkout.serve({ ...settings, LOG_LEVEL: "error", ...own }, "--demo");
    await server.waitUntilListening();
  };
  await serve({});
  // Not in the place of the first one, which other pages use meanwhile.
  const serveTls = (tls: Readonly<Record<string, string>>) => serve({ ...tls, PORT: "off", ISSUER: `http://localhost:${ports.http}` });
  const shells: PageShell[] = [];
  return {
    openPage: () => {
      const shell = openShell({ folder: checkout.folder, environment, serveTls });
      shells.push(shell);
      return shell;
    },
    localize: (text) => text.replaceAll(documented.http, ports.http).replaceAll(documented.tls, ports.tls),
    readSecret: (clientId) => {
      const { secrets } = JSON.parse(readFileSync(join(checkout.folder, ".polymint", "demo.json"), "utf8")) as {
        secrets: Record<string, string>;
      };
      return secrets[clientId];
    },
    emptyDatabaseUrl: databaseUrlOf(another),
    stop: async () => {
      for (const shell of shells) shell.end();
      await checkout.remove();
      await database.drop();
      await another.drop();
    },
  };
}

function nameDatabase(url: string) {
  return { DATABASE_URL: url, SANDBOX_DATABASE: /\/([^/?]+)(?:\?|$)/.exec(url)?.[1] ?? "" };
}
