import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import pino from "pino";
import { Agent, fetch, type Response } from "undici";
import { makeTransportSecurity } from "../../src/http/transport-security";
import { warnOfExposure } from "../../src/process/listeners";
import { makeLogCollector } from "../../src/testkit/clock-and-log";
import { makeTestDatabase, type TestDatabase } from "../../src/testkit/test-database";
import { makeServerIdentity } from "../harness/certificates";
import {
  databaseUrlOf,
  findProcesses,
  freePort,
  installServer,
  type InstalledServer,
  readBannerCurls,
  runInShell,
  type ServerProcess,
} from "../harness/installed-server";

jest.setTimeout(90_000);

const makeKeyText = (): string => randomBytes(32).toString("base64");
const secrets = { POLYMINT_PEPPER: makeKeyText(), POLYMINT_MASTER_KEY: makeKeyText() };

let server: InstalledServer;
let database: TestDatabase;
let base: Readonly<Record<string, string>>;
let withTls: Readonly<Record<string, string>>;
let tlsPort: string;
let port: string;
let dispatcher: Agent;

beforeAll(async () => {
  server = installServer();
  database = await makeTestDatabase(process.env.DATABASE_URL);
  const { ca, cert, key } = await makeServerIdentity();
  dispatcher = new Agent({ connect: { ca }, pipelining: 0 });
  const [certFile, keyFile] = [join(server.folder, "server crt.pem"), join(server.folder, "server.key")];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  [port, tlsPort] = [String(await freePort()), String(await freePort())];
  const patience = { DATABASE_CONNECT_TIMEOUT_MS: "20000", DATABASE_STATEMENT_TIMEOUT_MS: "20000", DATABASE_REQUEST_WAIT_MS: "20000" };
  base = { ...secrets, ...patience, DATABASE_URL: databaseUrlOf(database), WORKERS: "1" };
  withTls = { ...base, TLS_PORT: tlsPort, TLS_CERT: certFile, TLS_KEY: keyFile };
});

afterAll(async () => {
  await dispatcher.close();
  await server.remove();
  await database.drop();
});

/** Runs a server while the work is done. @returns the warnings in its log */
async function whileServing(
  settings: Readonly<Record<string, string>>,
  work: (running: ServerProcess) => Promise<void> = () => Promise.resolve(),
  ...flags: string[]
): Promise<Record<string, unknown>[]> {
  const running = server.serve(settings, ...flags);
  try {
    await running.waitUntilListening();
    await work(running);
  } finally {
    running.kill("SIGINT");
  }
  const { code, stderr } = await running.ended;
  expect(code).toBe(0);
  const lines = stderr.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ level }) => level === 40);
}

/** @returns the addresses and ports on which processes of the server listen, such as `127.0.0.1:3000` */
function listListening(): string[] {
  const pids = findProcesses(server.folder).map(({ pid }) => pid);
  const inodes = new Set(pids.flatMap((pid) => readdirSync(`/proc/${pid}/fd`).map((fd) => readSocket(`/proc/${pid}/fd/${fd}`))));
  const rows = ["tcp", "tcp6"].flatMap((name) => readFileSync(`/proc/net/${name}`, "utf8").split("\n").slice(1));
  const listening = rows
    .map((row) => row.trim().split(/ +/))
    .filter(([, , , state, , , , , , inode = ""]) => state === "0A" && inodes.has(inode));
  return listening.map(([, local = ""]) => formatAddress(local)).sort();
}

function readSocket(link: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? "";
  } catch {
    return "";
  }
}

/** The kernel writes addresses as words of this machine, which is little-endian. */
function formatAddress(local: string): string {
  const [address = "", portText = ""] = local.split(":");
  const known: Record<string, string> = { "0100007F": "127.0.0.1", "00000000": "0.0.0.0" };
  const v6: Record<string, string> = { ["0".repeat(32)]: "[::]", [`${"0".repeat(24)}01000000`]: "[::1]" };
  return `${known[address] ?? v6[address] ?? address}:${parseInt(portText, 16)}`;
}

const get = (url: string): Promise<Response> => fetch(url, { dispatcher });

/** Sends text over a connection of its own. @returns everything that comes back */
function exchangeText(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect({ host: "127.0.0.1", port: Number(port) }, () => socket.write(text));
    socket.setEncoding("utf8").on("data", (chunk: string) => (received += chunk));
    socket.on("error", reject).on("end", () => resolve(received));
  });
}

describe("the listeners", () => {
  it.each(["1", "2"])("are the one with TLS alone if PORT is off, with %s workers", async (workers) => {
    const url = `https://localhost:${tlsPort}`;
    const warnings = await whileServing({ ...withTls, PORT: "off", WORKERS: workers }, async (running) => {
      expect(running.stdout()).toMatch(new RegExp(`^Polymint listens on 127\\.0\\.0\\.1 port ${tlsPort} with TLS$`, "m"));
      expect(listListening()).toEqual([`127.0.0.1:${tlsPort}`]);
      for (const path of ["/health/live", "/health/ready"]) expect((await get(url + path)).status).toBe(200);
      const metadata = (await (await get(`${url}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>;
      expect(metadata).toMatchObject({ issuer: url, jwks_uri: `${url}/.well-known/jwks.json` });
      for (const alias of Object.values(metadata.mtls_endpoint_aliases ?? {})) expect(alias).toMatch(new RegExp(`^${url}/`));
      expect(metadata.mtls_endpoint_aliases).toMatchObject({ token_endpoint: metadata.token_endpoint });
    });
    expect(warnings).toEqual([]);
  });

  it.each<[string, Record<string, string>, [string, string], string[]]>([
    ["both on HOST", { HOST: "0.0.0.0" }, ["0.0.0.0", "0.0.0.0"], ["port without TLS", "issuer is an http URL"]],
    ["the one with TLS public, the other private", { TLS_HOST: "0.0.0.0" }, ["127.0.0.1", "0.0.0.0"], ["issuer is an http URL"]],
    ["the one with TLS on IPv6, with an https issuer", { TLS_HOST: "::", ISSUER: "https://id.example" }, ["127.0.0.1", "[::]"], []],
    ["the one without TLS on IPv6, for this machine", { HOST: "::1", TLS_HOST: "127.0.0.1" }, ["[::1]", "127.0.0.1"], []],
  ])("have hosts of their own, and the log warns of the exposed ones: %s", async (_what, settings, [plain, tls], expected) => {
    const warnings = await whileServing({ ...withTls, PORT: port, ...settings }, async () => {
      expect(listListening()).toEqual([`${plain}:${port}`, `${tls}:${tlsPort}`].sort());
      expect((await get(`https://localhost:${tlsPort}/health/ready`)).status).toBe(200);
    });
    expect(warnings.map(({ msg }) => msg)).toEqual(expected.map((part) => expect.stringContaining(part) as string));
  });
});

describe("the warnings of exposed listeners", () => {
  const tls = { port: 3443, cert: "", key: "", certFile: "" };
  const https = "https://id.example";
  const http = "http://localhost:3000";

  function listWarnings(config: Omit<Parameters<typeof warnOfExposure>[0], "metrics">, metricsHost = "::1"): unknown[] {
    const { lines, stream } = makeLogCollector();
    warnOfExposure({ ...config, metrics: { host: metricsHost, port: 9464, token: undefined } }, pino({}, stream));
    return lines.map(({ host, issuer }) => host ?? issuer);
  }

  it.each(["127.0.0.1", "127.0.0.9", "::1", "0:0:0::1", "::ffff:127.0.0.1", "localhost", "LocalHost"])("are none for HOST=%s", (host) => {
    for (const issuer of [https, http, "http://127.0.0.1", "http://[::1]:3000/base", "http://id.localhost"])
      expect(listWarnings({ host, port: 3000, tls: undefined, issuer })).toEqual([]);
    expect(listWarnings({ host, port: undefined, tls: { ...tls, host: "::" }, issuer: https })).toEqual([]);
  });

  it.each(["0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1", "fe80::1", "id.example"])("are there for HOST=%s", (host) => {
    expect(listWarnings({ host, port: 3000, tls: undefined, issuer: https })).toEqual([host]);
    expect(listWarnings({ host, port: 3000, tls: undefined, issuer: http })).toEqual([host, http]);
    expect(listWarnings({ host: "127.0.0.1", port: 3000, tls: { ...tls, host }, issuer: http })).toEqual([http]);
    expect(listWarnings({ host, port: undefined, tls: { ...tls, host: "127.0.0.1" }, issuer: http })).toEqual([]);
  });

  it("are there for the port of the metrics", () => {
    const config = { host: "127.0.0.1", port: 3000, tls: undefined, issuer: https };
    expect([listWarnings(config, "10.1.2.3"), listWarnings(config, "127.0.0.1")]).toEqual([["10.1.2.3"], []]);
  });

  it("are there for an http issuer of another machine", () => {
    expect(listWarnings({ host: "127.0.0.1", port: 3000, tls: undefined, issuer: "http://id.example" })).toEqual(["http://id.example"]);
  });
});

/** Answers of every kind: from contracts, services and pages, and to what is no good request. */
const wellFormed: readonly [string, string, number][] = [
  ["a service", "GET /.well-known/jwks.json", 200],
  ["health", "GET /health/ready", 200],
  ["a page", "GET /login", 200],
  ["a page that refuses the method", "PUT /login", 405],
  ["a contract that refuses", "POST /v1/oauth/token", 409],
  ["a contract that refuses the method", "PUT /token", 405],
  ["a path of none", "GET /favicon.ico", 404],
];
const broken: readonly [string, string, number][] = [
  ["no Host", "GET /health/ready HTTP/1.1\r\n\r\n", 400],
  ["no HTTP", "hello\r\n\r\n", 400],
  ["a tunnel", "CONNECT id.example:443 HTTP/1.1\r\nHost: id.example\r\n\r\n", 501],
  ["an unknown expectation", "POST /token HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 0\r\n\r\n", 417],
  ["too large a header", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
];

async function readPolicies(): Promise<[string, number, string | undefined][]> {
  const answers: [string, number, string | undefined][] = [];
  const texts = wellFormed.map(
    ([what, line, status]) => [what, `${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, status] as const,
  );
  for (const [what, text] of [...texts, ...broken]) {
    const answer = await exchangeText(text);
    const policies = [...answer.matchAll(/^strict-transport-security: (.*)\r$/gim)].map(([, value]) => value);
    expect(policies.length).toBeLessThan(2);
    answers.push([what, Number(answer.split(" ")[1]), policies[0]]);
  }
  return answers;
}

describe("Strict-Transport-Security", () => {
  const all = (policy: string | undefined) => [...wellFormed, ...broken].map(([what, , status]) => [what, status, policy]);

  it("is in every answer under an https issuer, and includes the hosts below it if the operator says so", async () => {
    const settings = { ...base, PORT: port, ISSUER: "https://id.example", HSTS_SUBDOMAINS: "on" };
    await whileServing(settings, async () => expect(await readPolicies()).toEqual(all("max-age=31536000; includeSubDomains")));
  });

  it.each(["https://id.example", "HTTPS://id.example"])("is for the host alone otherwise: %s", (issuer) => {
    expect(makeTransportSecurity(issuer, false)).toEqual({ "Strict-Transport-Security": "max-age=31536000" });
  });

  it("is in no answer under an http issuer, not even over TLS: browsers would not reach that issuer any more", async () => {
    await whileServing({ ...withTls, PORT: port }, async () => {
      expect(await readPolicies()).toEqual(all(undefined));
      expect((await get(`https://localhost:${tlsPort}/login`)).headers.get("strict-transport-security")).toBeNull();
    });
  });
});

// The last, since its clients stay in the database, of which other servers would warn.
describe("a demonstration without a port without TLS", () => {
  it("prints commands that work as they are pasted, for every contract", async () => {
    const work = async (running: ServerProcess): Promise<void> => {
      const banner = running.stdout();
      const trust = /^export CURL_CA_BUNDLE=.*$/m.exec(banner)?.[0] ?? "";
      const curls = readBannerCurls(banner);
      expect(Object.keys(curls).length).toBeGreaterThanOrEqual(4);
      for (const curl of Object.values(curls)) {
        expect(curl).not.toContain("http://");
        expect(await runInShell(`${trust}\n${curl}`)).toMatch(/"(access_)?token":"[\w-]+\.[\w-]+\.[\w-]+"/);
      }
    };
    await whileServing({ ...withTls, PORT: "off" }, work, "--demo");
  });
});
