import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { decode } from "jsonwebtoken";
import { findFreePort, type SandboxKit, startPolymint, type TestFault, type TestPolymint } from "../../src/testkit";
import { makeTestDatabase } from "../../src/testkit/test-database";
import { compileRelease } from "../harness/compiled";
import { tide } from "../harness/other-contracts";

const root = join(__dirname, "..", "..");

let polymint: TestPolymint<"abbeycross">;
beforeAll(async () => {
  polymint = await startPolymint({ sandbox: true });
});
afterAll(() => polymint.stop());

async function isRefused(url: string): Promise<boolean> {
  return fetch(url).then(
    () => false,
    () => true,
  );
}

async function requestToken({ url, clients }: TestPolymint<"abbeycross">): Promise<string> {
  const body = JSON.stringify({ client_id: clients.abbeycross.clientId, client_secret: clients.abbeycross.secret });
  const answer = await fetch(`${url}/v1/oauth/token`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

describe("a server of the test kit", () => {
  it("is its own issuer, so that a client library discovers it by its URL", async () => {
    const answer = await fetch(`${polymint.url}/.well-known/oauth-authorization-server`);
    const metadata = (await answer.json()) as { issuer: string; jwks_uri: string };
    expect(metadata.issuer).toBe(polymint.url);
    expect((await fetch(metadata.jwks_uri)).status).toBe(200);
  });

  it("stands still at a known time until the test moves its clock", async () => {
    const claims = decode(await requestToken(polymint)) as { iat: number };
    expect(new Date(claims.iat * 1000).toISOString()).toBe("2026-01-15T12:00:00.000Z");
  });

  it("listens on the port that was asked for, on the real time, and stops at the end of the block", async () => {
    const port = await findFreePort();
    {
      await using own = await startPolymint({ port, clock: "real", wiring: [tide] });
      expect(own.issuer).toBe(`http://127.0.0.1:${port}`);
      const claims = decode(await requestToken(own)) as { iat: number };
      expect(Math.abs(claims.iat - Date.now() / 1000)).toBeLessThan(5);
      own.clock.advance(3600);
      expect(Math.abs(own.clock() - Date.now() - 3_600_000)).toBeLessThan(1_000);
      expect(own.clients.tide?.clientId).toBe(tide.demo.client.id);
    }
    expect(await isRefused(`http://127.0.0.1:${port}`)).toBe(true);
  });

  it("says that its port is taken, and leaves the port to the other program", async () => {
    const other = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await expect(startPolymint({ port })).rejects.toThrow(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
    await new Promise((resolve) => other.close(resolve));
  });
});

describe("the sandbox of the test kit", () => {
  it.each<[string, (kit: SandboxKit<string>) => Promise<unknown>]>([
    ["next", (kit) => kit.next("abbeycros", { status: 503 })],
    ["always", (kit) => kit.always("abbeycros", { status: 503 })],
    ["clearFaults", (kit) => kit.clearFaults("abbeycros")],
    ["requests", (kit) => kit.requests({ contract: "abbeycros" })],
  ])("says which contracts and services there are, if %s gets another name", async (_method, call) => {
    await expect(call(polymint)).rejects.toThrow(/^there is no contract or service abbeycros; there are abbeycross, .*, oauth2/);
  });

  it("says which refusals there are, if it gets another one", async () => {
    const fault = JSON.parse('{"refusal":"throtled"}') as TestFault;
    await expect(polymint.next("abbeycross", fault)).rejects.toThrow(/^there is no such refusal; at abbeycross there are 404 .*throttled/);
  });
});

describe("a program with the test kit", () => {
  let left: number;
  const countDatabases = async (pid: number): Promise<number> => {
    const named = await polymint.database.build((knex) => knex("pg_database").where("datname", "~", `^polymint_test_[0-9a-f]+_${pid}_`));
    return named.length;
  };

  it("goes on after a start that failed, and ends by itself though it never stops its server", async () => {
    const program = `
      const { startPolymint } = require(${JSON.stringify(join(compileRelease(root), "dist", "src", "testkit"))});
      void (async () => {
        const failure = await startPolymint({ makeObserver: ({ database }) => (void database.close(), {}) }).catch((error) => error);
        console.log(failure instanceof Error);
        const polymint = await startPolymint({ sandbox: true });
        const answer = await fetch(polymint.url + "/.well-known/jwks.json");
        console.log(answer.status, (await polymint.sendDemoRequest("abbeycross")).status);
        console.log(process.pid);
      })();`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["-e", program], { timeout: 20_000 });
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^true\n200 200\n\d+\n$/) as string, stderr: "" });
    left = Number(stdout.trim().split("\n").at(-1));
    expect(await countDatabases(left)).toBe(1);
  });

  it("lets jest end though a test never stops its server", async () => {
    const folder = mkdtempSync(join(tmpdir(), "polymint-forgotten-"));
    writeFileSync(join(folder, "jest.config.json"), '{"transform":{}}');
    writeFileSync(
      join(folder, "forgotten.test.js"),
      `it("gets a token", async () => {
        const polymint = await require(${JSON.stringify(join(compileRelease(root), "dist", "src", "testkit"))}).startPolymint();
        expect((await polymint.sendDemoRequest("abbeycross")).status).toBe(200);
      }, 20_000);`,
    );
    const jest = join(root, "node_modules", "jest", "bin", "jest.js");
    const { stderr } = await promisify(execFile)(process.execPath, [jest, "--rootDir", folder], { cwd: folder, timeout: 25_000 });
    rmSync(folder, { recursive: true });
    expect(stderr).toMatch(/^Tests: +1 passed, 1 total$/m);
    expect(stderr).not.toMatch(/did not exit|force exited/);
  });

  it("finds the next one to drop the database that it has left, and none of a program that runs", async () => {
    const own = await countDatabases(process.pid);
    const next = await makeTestDatabase(process.env.DATABASE_URL);
    await next.drop();
    expect([await countDatabases(left), await countDatabases(process.pid)]).toEqual([0, own]);
  });
});

describe("docs/testing.md", () => {
  it("names every option of startPolymint, and no other", () => {
    const source = readFileSync(join(root, "src", "testkit", "options.ts"), "utf8");
    const body = source.slice(source.indexOf("export interface TestOptions")).split("\n}\n", 1)[0] ?? "";
    const declared = [...body.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name);
    const page = readFileSync(join(root, "docs", "testing.md"), "utf8");
    const table = page.slice(page.indexOf("| option |")).split("\n\n", 1)[0] ?? "";
    const documented = table.split("\n").flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(documented.toSorted()).toEqual(declared.toSorted());
  });
});
