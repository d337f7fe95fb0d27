import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { join } from "node:path";
import { decode, type JwtPayload, verify } from "jsonwebtoken";
import type { Response } from "supertest";
import { wiring } from "../../generated/wiring";
import { walk } from "../harness/authorize";
import { makeBrowser } from "../harness/browser";
import { mustConform } from "../harness/conformance";
import { arrive, builtByTsc, curlsIn, freePort, type Newcomer, pasted, processesOf, type Served, until } from "../harness/installed-server";

jest.setTimeout(90_000);

const contracts = wiring.map(({ name }) => name);
let newcomer: Newcomer;
let server: Served;
let port: number;
let firstBanner: string;
let firstFiles: string[];
const tokens: string[] = [];

beforeAll(async () => {
  newcomer = arrive(undefined, builtByTsc);
  port = await freePort();
});

afterAll(() => newcomer.leave());

/** With the defaults of `make run`: nothing is set but the port, and where the data goes. */
async function start(): Promise<void> {
  server = newcomer.serve({ PORT: String(port) }, "--demo");
  await server.started();
}

async function stop(): Promise<void> {
  server.kill("SIGTERM");
  expect(await server.ended).toMatchObject({ code: 0 });
}

function keptFiles(): string[] {
  return ["secrets.json", "demo.json", "demo-raidiam.key.pem"].map((name) => readFileSync(join(newcomer.data, name), "utf8"));
}

/** Pastes every curl of the banner. @returns the tokens, in the order of the contracts */
async function pasteAll(): Promise<string[]> {
  const curls = curlsIn(server.stdout());
  expect(Object.keys(curls)).toEqual(contracts);
  const given = await Promise.all(contracts.map((name) => pasted(curls[name] ?? "")));
  return given.map((body) => {
    const { access_token, token } = JSON.parse(body) as { access_token?: string; token?: string };
    return access_token ?? token ?? `no token in ${body}`;
  });
}

async function mustVerify(token: string): Promise<void> {
  const { keys } = (await (await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`)).json()) as { keys: JsonWebKey[] };
  const { header } = decode(token, { complete: true }) ?? {};
  const key = keys.find(({ kid }) => kid === header?.kid);
  if (key === undefined) throw new Error(`the key ${String(header?.kid)} is not published`);
  const issuer = `http://localhost:${port}`;
  verify(token, createPublicKey({ key, format: "jwk" }), { algorithms: ["ES256", "RS256"], issuer });
}

async function ledger(): Promise<Map<string, string>> {
  const { code, stdout, stderr } = await newcomer.run(["token", "list", "--limit", "1000", "--json"]);
  if (code !== 0) throw new Error(stderr);
  const listed = JSON.parse(stdout) as { tokens: { jti: string; contract: string }[] };
  return new Map(listed.tokens.map(({ jti, contract }) => [jti, contract]));
}

function jtiOf(token: string): string {
  return String((decode(token) as JwtPayload).jti);
}

/** The lines below a heading of the banner. */
function stepsOf(heading: string): string[] {
  const [, below = ""] = firstBanner.split(`# ${heading}\n`);
  return (below.split("\n\n")[0] ?? "").split("\n");
}

/** Leader and workers, without the keeper and PostgreSQL. */
function servers(): ReturnType<typeof processesOf> {
  return processesOf(newcomer.folder).filter(({ command }) => command.includes("polymint.js serve"));
}

describe("the first start in an empty folder", () => {
  it("prints a curl for every contract, and each gets a token of its contract's shape", async () => {
    await start();
    firstBanner = server.stdout().slice(server.stdout().indexOf("Polymint serves"));
    firstFiles = keptFiles();
    expect(firstBanner).toContain(`Polymint serves 5 contracts at http://localhost:${port}`);
    tokens.push(...(await pasteAll()));

    const curls = curlsIn(firstBanner);
    for (const wired of wiring) {
      const answer = await pasted((curls[wired.name] ?? "").replace(/^curl -sS/, "curl -sS -i"));
      const [head = "", text = ""] = answer.split("\r\n\r\n");
      const [statusLine = "", ...fields] = head.split("\r\n");
      const headers = Object.fromEntries(
        fields.map((field) => [(field.split(":", 1)[0] ?? "").toLowerCase(), field.replace(/^[^:]*: */, "")]),
      );
      const response = { status: Number(statusLine.split(" ")[1]), headers, text } as unknown as Response;
      expect([wired.name, response.status]).toEqual([wired.name, 200]);
      mustConform(response, wired.name, Object.keys(wired.spec.paths)[0] ?? "");
    }
  });

  it("prints flows in which a person takes part, and they lead to tokens", async () => {
    const [, email = "", password = ""] = /log in as (\S+) with (\S+), approve/.exec(firstBanner) ?? [];
    const url = `http://localhost:${port}`;
    const [begin = "", , collect = ""] = stepsOf("raidiam, a device");
    const begun = JSON.parse(await pasted(begin)) as { device_code: string; verification_uri_complete: string };
    const atDevice = makeBrowser(url);
    const loggedIn = await walk(atDevice, await atDevice.submit(await atDevice.get(begun.verification_uri_complete)), { email, password });
    await walk(atDevice, await atDevice.submit(loggedIn), { email, password });
    const forDevice = JSON.parse(await pasted(collect.replace("DEVICE_CODE", begun.device_code))) as { access_token: string };
    await mustVerify(forDevice.access_token);

    const [, address = "", , ...redeem] = stepsOf("screening-eagle, an application");
    const atApplication = makeBrowser(url);
    const back = await walk(atApplication, await atApplication.get(address), { email, password });
    const code = new URL(back.headers.get("location") ?? "").searchParams.get("code") ?? "";
    const forPerson = JSON.parse(await pasted(redeem.join("\n").replace("code=CODE", `code=${code}`))) as Record<string, string>;
    expect(Object.keys(forPerson)).toEqual(["scope", "token_type", "access_token", "expires_in", "id_token", "refresh_token"]);
    await mustVerify(forPerson.access_token ?? "");
  });

  it("says where the key set is, and every token verifies with it", async () => {
    const curl = /^Key set: +(curl .*)$/m.exec(firstBanner)?.[1] ?? "";
    const published: unknown = JSON.parse(await pasted(curl));
    expect(published).toMatchObject({ keys: expect.any(Array) as unknown });
    for (const token of tokens) await mustVerify(token);
  });

  it("has every token in the ledger, under its contract", async () => {
    const recorded = await ledger();
    expect(tokens.map((token) => recorded.get(jtiOf(token)))).toEqual(contracts);
    // Every curl was pasted twice, and two flows led to a token each.
    expect(recorded.size).toBe(12);
  });

  it("keeps its secrets from other users of the machine", () => {
    for (const name of ["secrets.json", "demo.json", "demo-raidiam.key.pem"])
      expect(statSync(join(newcomer.data, name)).mode & 0o077).toBe(0);
  });
});

describe("the second start", () => {
  it("leaves nothing running in between", async () => {
    await stop();
    await until("everything is over", () => processesOf(newcomer.folder).length === 0);
  });

  it("has the same secrets and curls, which still work, and no demo data twice", async () => {
    await start();
    expect(server.stdout()).toContain(firstBanner);
    expect(server.stdout()).not.toContain("migrated");
    expect(keptFiles()).toEqual(firstFiles);
    for (const token of [...(await pasteAll()), ...tokens]) await mustVerify(token);
    const { stdout } = await newcomer.run(["client", "list", "--json"]);
    const { clients } = JSON.parse(stdout) as { clients: { client_id: string; secrets: unknown[] }[] };
    const wanted = [...contracts.map((name) => `demo-${name}`), "demo-raidiam-device", "demo-screening-eagle-app"];
    expect(clients.map(({ client_id }) => client_id).sort()).toEqual(wanted.sort());
    // The two raidiam clients have none: one signs, one cannot keep a secret.
    expect(clients.map(({ secrets }) => secrets.length).sort()).toEqual([0, 0, 1, 1, 1, 1, 1]);
  });
});

describe("kill -9", () => {
  it("of a worker: another one takes its place, and the server answers all along", async () => {
    const workers = servers().filter(({ parent }) => parent === server.pid);
    if (workers[0] === undefined) return; // one core: the leader serves by itself
    process.kill(workers[0].pid, "SIGKILL");
    const replaced = (): boolean => {
      const now = servers().filter(({ parent }) => parent === server.pid);
      return now.length === workers.length && now.every(({ pid }) => pid !== workers[0]?.pid);
    };
    const outcomes: string[] = [];
    for (let done = false; !done; done = replaced()) {
      const answered = fetch(`http://127.0.0.1:${port}/health/live`, { headers: { Connection: "close" } });
      outcomes.push(await answered.then(({ status }) => String(status)).catch(() => "lost with the worker"));
      await sleep(50);
    }
    expect(outcomes.filter((outcome) => outcome === "200").length).toBeGreaterThan(5);
    expect(outcomes.filter((outcome) => outcome !== "200").length).toBeLessThan(2);
    await pasteAll();
  });

  it("of the leader: the next start at once works, with what was there before", async () => {
    const before = servers().map(({ pid }) => pid);
    server.kill("SIGKILL");
    expect(await server.ended).toMatchObject({ code: null });
    await start();
    const [token = ""] = await pasteAll();
    await mustVerify(token);
    expect([...(await ledger()).keys()]).toEqual(expect.arrayContaining(tokens.map(jtiOf)));
    expect(servers().filter(({ pid }) => before.includes(pid))).toEqual([]);
  });

  it("of the leader, and of everything it leaves nothing behind", async () => {
    server.kill("SIGKILL");
    await server.ended;
    await until("everything is over", () => processesOf(newcomer.folder).length === 0);
  });
});
