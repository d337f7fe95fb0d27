import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { compileRelease } from "../harness/compiled";

const command = join(compileRelease(join(__dirname, "..", "..")), "dist", "src", "cli", "polymint.js");

interface Facts {
  url: string;
  issuer: string;
  pid: number;
  clients: Record<string, { client_id: string; client_secret?: string; private_key?: string }>;
  person: { email: string; password: string };
}

async function readFacts({ stdout }: ChildProcess): Promise<Facts> {
  if (stdout === null) throw new Error("no standard output");
  const [line] = (await once(createInterface({ input: stdout }), "line")) as [string];
  return JSON.parse(line) as Facts;
}

async function endsSoon(url: string): Promise<boolean> {
  for (let tries = 0; tries < 50; tries += 1) {
    const answers = await fetch(`${url}/health/live`).then(
      () => true,
      () => false,
    );
    if (!answers) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

describe("polymint sandbox --port 0 --json", () => {
  it("says in one line how to use the server, and a signal ends it", async () => {
    const child = spawn(process.execPath, [command, "sandbox", "--port", "0", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    const { url, issuer, clients, pid } = await readFacts(child);
    expect({ issuer, pid }).toEqual({ issuer: url, pid: child.pid });
    const { client_id, client_secret } = clients.abbeycross ?? {};
    const answer = await fetch(`${url}/v1/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_id, client_secret }),
    });
    expect([answer.status, answer.headers.get("polymint-sandbox")]).toEqual([200, "on"]);
    expect(clients.raidiam?.private_key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("ends with the program that started it, though npx and its shell stand between them", async () => {
    const run = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      `require("node:child_process").spawn(${JSON.stringify(program)}, ${JSON.stringify(args)}, { stdio: "inherit", env: { ...process.env, ...${JSON.stringify(env)} } })`;
    const shell = run("sh", ["-c", `'${process.execPath}' '${command}' sandbox --port 0 --json; exit $?`], { npm_command: "exec" });
    const starter = spawn(process.execPath, ["-e", run(process.execPath, ["-e", shell])], { stdio: ["ignore", "pipe", "inherit"] });
    const { url } = await readFacts(starter);
    starter.kill("SIGKILL");
    expect(await endsSoon(url)).toBe(true);
  });
});
