import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { join } from "node:path";
import { decode, type JwtPayload, verify } from "jsonwebtoken";
import type { Response } from "supertest";
import { wiring } from "../../generated/wiring";
import { findToken } from "../../src/contract-suite/find-token";
import { readSubject } from "../../src/contract-suite/subject";
import { listDemoClients } from "../../src/contracts/demo";
import { chooseSecretKind } from "../../src/registration/register";
import { walkPages } from "../harness/authorize";
import { makeBrowser } from "../harness/browser";
import { mustConform } from "../harness/conformance";
import {
  installServer,
  readBannerCurls,
  freePort,
  type InstalledServer,
  runInShell,
  findProcesses,
  type ServerProcess,
  until,
} from "../harness/installed-server";

jest.setTimeout(90_000);

const contracts = wiring.map(({ name }) => name);
let newcomer: InstalledServer;
let server: ServerProcess;
let port: number;
let firstBanner: string;
let firstFiles: string[];
const tokens: string[] = [];

beforeAll(async () => {
  newcomer = installServer();
  port = await freePort();
});

afterAll(() => newcomer.remove());

/** Starts with the defaults of `make run`; only the port and the data folder are set. */
async function start(): Promise<void> {
  server = newcomer.serve({ PORT: String(port) }, "--demo");
  await server.waitUntilListening();
}

async function stop(): Promise<void> {
  server.kill("SIGTERM");
  expect(await server.ended).toMatchObject({ code: 0 });
}

function readKeptFiles(): string[] {
  return ["secrets.json", "demo.json", "demo-raidiam.key.pem"].map((name) => readFileSync(join(newcomer.data, name), "utf8"));
}

/** Runs every curl of the banner. @returns the tokens, in the order of the contracts */
async function runAllCurls(): Promise<string[]> {
  const curls = readBannerCurls(server.stdout());
  expect(Object.keys(curls)).toEqual(contracts);
  const bodies = await Promise.all(contracts.map((name) => runInShell(curls[name] ?? "")));
  return bodies.map((text) => findToken({ text }));
}

async function expectValid(token: string): Promise<void> {
  const { keys } = (await (await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`)).json()) as { keys: JsonWebKey[] };
  const { header } = decode(token, { complete: true }) ?? {};
  const key = keys.find(({ kid }) => kid === header?.kid);
  if (key === undefined) throw new Error(`the key ${String(header?.kid)} is not published`);
  const issuer = `http://localhost:${port}`;
  verify(token, createPublicKey({ key, format: "jwk" }), { algorithms: ["ES256", "RS256"], issuer });
}

async function readLedger(): Promise<Map<string, string>> {
  const { code, stdout, stderr } = await newcomer.run(["token", "list", "--limit", "1000", "--json"]);
  if (code !== 0) throw new Error(stderr);
  const listed = JSON.parse(stdout) as { tokens: { jti: string; contract: string }[] };
  return new Map(listed.tokens.map(({ jti, contract }) => [jti, contract]));
}

function readJti(token: string): string {
  return String((decode(token) as JwtPayload).jti);
}

/** @returns the lines below a heading of the banner */
function readSteps(heading: string): string[] {
  const [, below = ""] = firstBanner.split(`# ${heading}\n`);
  return (below.split("\n\n")[0] ?? "").split("\n");
}

/** @returns leader and workers, without the keeper and PostgreSQL */
function findServers(): ReturnType<typeof findProcesses> {
  return findProcesses(newcomer.folder).filter(({ command }) => command.includes("polymint.js serve"));
}

describe("the first start in an empty folder", () => {
  it("prints a curl for every contract, and each curl gets a token in its contract's form", async () => {
    await start();
    firstBanner = server.stdout().slice(server.stdout().indexOf("Polymint serves"));
    firstFiles = readKeptFiles();
    expect(firstBanner).toContain(`Polymint serves ${contracts.length} contracts at http://localhost:${port}`);
    tokens.push(...(await runAllCurls()));

    const curls = readBannerCurls(firstBanner);
    for (const wired of wiring) {
      const answer = await runInShell((curls[wired.name] ?? "").replace(/^curl -sS/, "curl -sS -i"));
      const [head = "", text = ""] = answer.split("\r\n\r\n");
      const [statusLine = "", ...fields] = head.split("\r\n");
      const headers = Object.fromEntries(
        fields.map((field) => [(field.split(":", 1)[0] ?? "").toLowerCase(), field.replace(/^[^:]*: */, "")]),
      );
      const response = { status: Number(statusLine.split(" ")[1]), headers, text } as unknown as Response;
      expect([wired.name, Math.floor(response.status / 100)]).toEqual([wired.name, 2]);
      const { place } = await readSubject({ name: wired.name });
      mustConform(response, place.name, place.path, place.method);
    }
  });

  it("prints the flows in which a person takes part, and they lead to tokens", async () => {
    const [, email = "", password = ""] = /log in as (\S+) with (\S+), approve/.exec(firstBanner) ?? [];
    const url = `http://localhost:${port}`;
    const [begin = "", , collect = ""] = readSteps("raidiam, a device");
    const begun = JSON.parse(await runInShell(begin)) as { device_code: string; verification_uri_complete: string };
    const atDevice = makeBrowser(url);
    const loggedIn = await walkPages(atDevice, await atDevice.submit(await atDevice.get(begun.verification_uri_complete)), {
      email,
      password,
    });
    await walkPages(atDevice, await atDevice.submit(loggedIn), { email, password });
    const forDevice = JSON.parse(await runInShell(collect.replace("DEVICE_CODE", begun.device_code))) as { access_token: string };
    await expectValid(forDevice.access_token);

    const [, address = "", , ...redeem] = readSteps("screening-eagle, an application");
    const atApplication = makeBrowser(url);
    const back = await walkPages(atApplication, await atApplication.get(address), { email, password });
    // The callback page shows the code, and leaves it for a command to redeem.
    const code = new URL(back.url).searchParams.get("code") ?? "";
    const forPerson = JSON.parse(await runInShell(redeem.join("\n").replace("code=CODE", `code=${code}`))) as Record<string, string>;
    expect(Object.keys(forPerson)).toEqual(["scope", "token_type", "access_token", "expires_in", "id_token", "refresh_token"]);
    await expectValid(forPerson.access_token ?? "");
  });

  it("prints the URL of the key set, and every token verifies with it", async () => {
    const curl = /^Key set: +(curl .*)$/m.exec(firstBanner)?.[1] ?? "";
    const published: unknown = JSON.parse(await runInShell(curl));
    expect(published).toMatchObject({ keys: expect.any(Array) as unknown });
    for (const token of tokens) await expectValid(token);
  });

  it("records every token in the ledger under its contract", async () => {
    const recorded = await readLedger();
    expect(tokens.map((token) => recorded.get(readJti(token)))).toEqual(contracts);
    // Every curl ran twice, and each of two flows led to a token.
    expect(recorded.size).toBe(2 * contracts.length + 2);
  });

  it("keeps its secrets in files that no other user of the machine can read", () => {
    for (const name of ["secrets.json", "demo.json", "demo-raidiam.key.pem"])
      expect(statSync(join(newcomer.data, name)).mode & 0o077).toBe(0);
  });
});

describe("the second start", () => {
  it("finds that the first start left nothing running", async () => {
    await stop();
    await until("everything is over", () => findProcesses(newcomer.folder).length === 0);
  });

  it("has the same secrets and curls, which still work, and creates no demo data again", async () => {
    await start();
    expect(server.stdout()).toContain(firstBanner);
    expect(server.stdout()).not.toContain("migrated");
    expect(readKeptFiles()).toEqual(firstFiles);
    for (const token of [...(await runAllCurls()), ...tokens]) await expectValid(token);
    const { stdout } = await newcomer.run(["client", "list", "--json"]);
    const { clients } = JSON.parse(stdout) as { clients: { client_id: string; secrets: unknown[] }[] };
    const wanted = wiring.flatMap((contract) => listDemoClients(contract).map((client) => ({ ...client, contract })));
    expect(clients.map(({ client_id }) => client_id).sort()).toEqual(wanted.map(({ id }) => id).sort());
    // A client that signs assertions has no secret, and neither has a public one.
    for (const { id, contract, authMethods = [contract.policy.authMethods[0]] } of wanted) {
      const { secrets = [] } = clients.find(({ client_id }) => client_id === id) ?? {};
      expect([id, secrets.length]).toEqual([id, chooseSecretKind(authMethods) === undefined ? 0 : 1]);
    }
  });
});

describe("a server after kill -9", () => {
  it("replaces a killed worker, and answers all the time", async () => {
    const workers = findServers().filter(({ parent }) => parent === server.pid);
    if (workers[0] === undefined) return; // with one core, the leader serves by itself
    process.kill(workers[0].pid, "SIGKILL");
    const isReplaced = (): boolean => {
      const now = findServers().filter(({ parent }) => parent === server.pid);
      return now.length === workers.length && now.every(({ pid }) => pid !== workers[0]?.pid);
    };
    const outcomes: string[] = [];
    for (let done = false; !done; done = isReplaced()) {
      const answered = fetch(`http://127.0.0.1:${port}/health/live`, { headers: { Connection: "close" } });
      outcomes.push(await answered.then(({ status }) => String(status)).catch(() => "lost with the worker"));
      await sleep(50);
    }
    expect(outcomes.filter((outcome) => outcome === "200").length).toBeGreaterThan(5);
    expect(outcomes.filter((outcome) => outcome !== "200").length).toBeLessThan(2);
    await runAllCurls();
  });

  it("starts again at once with the same data if its leader was killed", async () => {
    const before = findServers().map(({ pid }) => pid);
    server.kill("SIGKILL");
    expect(await server.ended).toMatchObject({ code: null });
    await start();
    const [token = ""] = await runAllCurls();
    await expectValid(token);
    expect([...(await readLedger()).keys()]).toEqual(expect.arrayContaining(tokens.map(readJti)));
    expect(findServers().filter(({ pid }) => before.includes(pid))).toEqual([]);
  });

  it("leaves no process behind if its leader was killed", async () => {
    server.kill("SIGKILL");
    await server.ended;
    await until("everything is over", () => findProcesses(newcomer.folder).length === 0);
  });
});
