import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProcesses, freePort, installServer, type InstalledServer, until } from "../harness/installed-server";

jest.setTimeout(60_000);

/** These tests look at processes through /proc, which only Linux has. CI runs on Linux, so it skips none of them. */
const describeOnLinux = process.platform === "linux" ? describe : describe.skip;
// Only root starts PostgreSQL as another OS user.
const itAsRoot = process.getuid?.() === 0 ? it : it.skip;

const makeKeyText = (): string => randomBytes(32).toString("base64");
const settings = {
  POLYMINT_PEPPER: makeKeyText(),
  POLYMINT_MASTER_KEY: makeKeyText(),
  POLYMINT_NEW_MASTER_KEY: makeKeyText(),
  METRICS_TOKEN: randomBytes(16).toString("hex"),
  OTP_WEBHOOK_URL: `https://otp.example/${randomBytes(16).toString("hex")}`,
  WORKERS: "2",
};
/** What no setting of this server is, and a child process does not need either. */
const foreign = {
  AWS_SECRET_ACCESS_KEY: "of-another-program",
  NODE_OPTIONS: "--no-deprecation",
  PGPASSWORD: "of-a-client",
  LANG: "C.UTF-8",
};
const allowedNames = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "LC_ALL", "TZ", "PWD", "SHLVL", "_", "PGDATA", "PGSYSCONFDIR", "OLDPWD"];

let server: InstalledServer;
/** The variables of each child process that was seen, by a word for what it runs. */
const seen = new Map<string, string>();
let idVariables: string;

/** Notes the variables of all processes but leader and workers, until the server listens. */
async function watchChildren(isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    for (const { pid, command } of findProcesses(server.folder)) {
      if (command.includes("polymint.js serve") || command.includes("id-of-this-test")) continue;
      const [, word = "other"] = /(keeper\.js|bin\/initdb|bin\/postgres)/.exec(command) ?? [];
      seen.set(word, `${seen.get(word) ?? ""}${readVariables(pid)}`);
    }
    await sleep(5);
  }
}

function readVariables(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return ""; // it has ended
  }
}

/** A program `id` that notes its variables and then does what the real one does. @returns the folder it is in */
function makeNotingId(file: string): string {
  const folder = join(server.folder, "id-of-this-test");
  mkdirSync(folder);
  writeFileSync(join(folder, "id"), `#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/environ >> ${file}\nexec /usr/bin/id "$@"\n`);
  chmodSync(join(folder, "id"), 0o755);
  return folder;
}

describeOnLinux("the variables of child processes", () => {
  beforeAll(async () => {
    server = installServer();
    const file = join(server.folder, "variables-of-id");
    const port = String(await freePort());
    const metricsPort = String(await freePort());
    const path = `${makeNotingId(file)}:${process.env.PATH ?? ""}`;
    const started = server.serve({ ...settings, ...foreign, PATH: path, PORT: port, METRICS_PORT: metricsPort });
    let isListening = false;
    await Promise.all([watchChildren(() => isListening), started.waitUntilListening().finally(() => (isListening = true))]);
    idVariables = existsSync(file) ? readFileSync(file, "utf8") : "";
    started.kill("SIGINT");
    await started.ended;
    await until("everything is over", () => findProcesses(server.folder).length === 0);
  });

  afterAll(() => server.remove());

  it.each(["keeper.js", "bin/initdb", "bin/postgres"])("hold no setting of the server in %s", (word) => {
    const variables = seen.get(word) ?? "";
    expect(variables).toContain("PATH=");
    for (const [name, value] of Object.entries({ ...settings, ...foreign })) {
      expect(variables).not.toContain(`${name}=`);
      if (value.length > 8) expect(variables).not.toContain(value);
    }
  });

  it.each(["keeper.js", "bin/initdb"])("are those of a short list in %s", (word) => {
    const names = (seen.get(word) ?? "").split("\0").map((line) => line.split("=")[0]);
    expect(names.filter((name) => name !== "" && !allowedNames.includes(name ?? ""))).toEqual([]);
  });

  itAsRoot("are those of a short list in the programs that look up an OS user", () => {
    const names = idVariables.split("\n").map((line) => line.split("=")[0]);
    expect(names).toContain("PATH");
    expect(names.filter((name) => name !== "" && !allowedNames.includes(name ?? ""))).toEqual([]);
  });
});
