/** TLS to the database: what sslmode means, and what a fault of TLS is to callers and to operators. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions } from "node:tls";
import { describeFailure } from "../../src/cli/errors";
import { Unavailable } from "../../src/engine/refusal";
import { openDatabase } from "../../src/store/database";
import { parseConnectionString } from "../../src/store/database/connection-string";
import { makeSslAttempts } from "../../src/store/database/tls";
import { startPolymint } from "../../src/testkit";
import { type Authority, makeAuthority, serverAuth, type TestCertificate } from "../harness/certificates";
import { rejectionOf } from "../harness/own-database";
import { contractNames, defaultTimeLimits, makeRequestToken } from "../harness/token-requests";
import { type ClusterServer, startPrimary } from "./harness/cluster";

const folder = mkdtempSync(join(tmpdir(), "polymint-tls-"));
let server: ClusterServer;
let authority: Authority;
let good: TestCertificate;

const fileOf = (name: string): string => join(folder, name);
const makeServerCertificate = (by: Authority, name: string, toDays = 1): Promise<TestCertificate> =>
  by.issue({ subject: `CN=${name}`, san: [{ type: "dns", value: name }], usages: [serverAuth], toDays, fromDays: -2 });

beforeAll(async () => {
  authority = await makeAuthority("CN=Database CA");
  good = await makeServerCertificate(authority, "localhost");
  const client = await authority.issue({ subject: "CN=certified" });
  const files = {
    "ca.pem": authority.cert,
    "other.pem": (await makeAuthority("CN=Other CA")).cert,
    "own.crt": client.cert,
    "own.key": client.key,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(fileOf(name), text);
  server = await startPrimary({
    tls: { ...good, ca: authority.cert },
    access: [
      "host all polymint all trust",
      "hostssl all encrypted all trust",
      "hostnossl all plain all trust",
      "hostssl all certified all cert",
      "host all worded all scram-sha-256",
    ],
  });
  await server.run(
    ...["encrypted", "plain", "certified"].map((name) => `CREATE ROLE ${name} LOGIN`),
    "CREATE ROLE worded LOGIN PASSWORD 'word'",
  );
});
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true });
});

const makeUrl = (query: string, { user = "polymint", host = "localhost" } = {}): string =>
  `postgres://${user}@${host}:${server.port}/postgres?${query}`;

/** @returns whether the connection is encrypted. @throws whatever keeps it from being made */
async function connect(url: string): Promise<boolean> {
  const database = openDatabase({ connection: url, poolMax: 1, connectTimeoutMs: 5000, statementTimeoutMs: 5000 });
  try {
    const { rows } = await database.query<{ ssl: boolean }>(
      { name: "tls", text: "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()" },
      [],
    );
    return rows[0]?.ssl === true;
  } finally {
    await database.close();
  }
}

/** @returns what a command prints, which ends with exit code 5 */
async function failureOf(url: string): Promise<string> {
  const thrown = await rejectionOf(connect(url));
  expect(thrown).toBeInstanceOf(Unavailable);
  const { exit, message } = describeFailure(thrown);
  expect(exit).toBe(5);
  return message;
}

async function useCertificate({ cert, key }: { cert: string; key: string }): Promise<void> {
  writeFileSync(join(server.pgdata, "own.crt"), cert);
  writeFileSync(join(server.pgdata, "own.key"), key);
  // Any change makes the server read its files again, and waits for it.
  await server.set("log_temp_files", String(-1 - Math.round(Math.random())).replace("-2", "0"));
}

/** Not of TLS, but in need of a server that asks for a password. */
describe("the password file of libpq", () => {
  it("is searched for the name of the host, whatever address it has", async () => {
    writeFileSync(fileOf("pgpass"), "127.0.0.1:*:*:worded:another\nlocalhost:*:postgres:worded:word\n", { mode: 0o600 });
    process.env.PGPASSFILE = fileOf("pgpass");
    try {
      expect(await connect(makeUrl("", { user: "worded" }))).toBe(true);
    } finally {
      delete process.env.PGPASSFILE;
    }
  });
});

describe("sslmode", () => {
  it.each<[string, { user?: string; host?: string }, boolean]>([
    ["", {}, true],
    ["sslmode=disable", {}, false],
    ["sslmode=allow", {}, false],
    ["sslmode=allow", { user: "encrypted" }, true],
    ["sslmode=prefer", { user: "plain" }, false],
    ["sslmode=require", { host: "127.0.0.1" }, true],
    ["sslmode=require&sslnegotiation=direct", {}, true],
    ["sslmode=verify-ca&sslrootcert=ca.pem", { host: "127.0.0.1" }, true],
    ["sslmode=verify-full&sslrootcert=ca.pem", {}, true],
    ["sslmode=verify-full&sslrootcert=ca.pem&sslcert=own.crt&sslkey=own.key", { user: "certified" }, true],
  ])("'%s' connects as libpq does: %j, encrypted %s", async (query, to, encrypted) => {
    expect(
      await connect(
        makeUrl(
          query.replace(/=([a-z]+\.[a-z]+)/g, (_, name: string) => `=${fileOf(name)}`),
          to,
        ),
      ),
    ).toBe(encrypted);
  });

  it.each<[string, object, RegExp]>([
    ["sslmode=verify-full", {}, /authority that is not trusted \([A-Z_]+\): name the file .* in sslrootcert of DATABASE_URL\.$/],
    ["sslrootcert=system", {}, /authority that is not trusted .* sslrootcert/],
    ["sslmode=verify-full&sslrootcert=other.pem", {}, /authority that is not trusted .* sslrootcert/],
    ["sslmode=require&sslrootcert=other.pem", {}, /authority that is not trusted .* sslrootcert/],
    ["sslmode=verify-full&sslrootcert=ca.pem", { host: "127.0.0.1" }, /for other names .*ERR_TLS_CERT_ALTNAME_INVALID.* sslmode=verify-ca/],
    ["sslmode=verify-full&sslrootcert=missing.pem", {}, /file of sslrootcert, .*missing\.pem, cannot be read \(ENOENT\)/],
    ["sslmode=require", { user: "stranger" }, /stranger.* \(28000\)\. Check the user, the password and the name of the database/],
  ])("'%s' refuses %j, and a command says what to do", async (query, to, sentence) => {
    expect(
      await failureOf(
        makeUrl(
          query.replace(/=([a-z]+\.[a-z]+)/g, (_, name: string) => `=${fileOf(name)}`),
          to,
        ),
      ),
    ).toMatch(sentence);
  });

  it("refuses a certificate that has expired, and accepts its successor without a restart", async () => {
    const verified = makeUrl(`sslmode=verify-full&sslrootcert=${fileOf("ca.pem")}`);
    await useCertificate(await makeServerCertificate(authority, "localhost", -1));
    expect(await failureOf(verified)).toMatch(/not valid at this time \(CERT_HAS_EXPIRED\): renew it/);
    await useCertificate(good);
    expect(await connect(verified)).toBe(true);
  });

  it("refuses a server without TLS if it demands it", async () => {
    const refusing = createServer((socket) => socket.once("data", () => socket.write("N")));
    await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
    const { port } = refusing.address() as { port: number };
    expect(await failureOf(`postgres://polymint@127.0.0.1:${port}/postgres?sslmode=require`)).toMatch(
      /does not support SSL, which sslmode=require demands/,
    );
    refusing.close();
  });

  it("trusts with sslrootcert=system what the machine trusts", async () => {
    const { tls } = parseConnectionString("postgres://h/db?sslrootcert=system");
    const [found] = await makeSslAttempts(tls, "h", ["/nowhere.crt", fileOf("ca.pem")]);
    expect(found).toMatchObject({ ca: authority.cert, rejectUnauthorized: true, servername: "h" });
    const [none] = (await makeSslAttempts(tls, "h", ["/nowhere.crt"])) as ConnectionOptions[];
    expect(none).toMatchObject({ rejectUnauthorized: true });
    expect(none).not.toHaveProperty("ca");
  });
});

describe("a fault of TLS while the server runs", () => {
  it("is an outage in each contract's own words, and over when the certificate is good again", async () => {
    const databaseUrl = makeUrl(`sslmode=verify-full&sslrootcert=${fileOf("ca.pem")}`);
    const polymint = await startPolymint({ ...defaultTimeLimits, databaseUrl });
    try {
      const requestToken = await makeRequestToken(polymint);
      const askAll = async (): Promise<object> =>
        Object.fromEntries(await Promise.all(contractNames.map(async (name) => [name, (await requestToken(name)).status] as const)));
      await useCertificate(await makeServerCertificate(authority, "elsewhere.example"));
      await server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'polymint'");
      // The first of them may find its connection ended.
      await askAll();
      expect(await askAll()).toEqual({ weavr: 503, raidiam: 502, abbeycross: 503, "screening-eagle": 500, firstvision: 503 });
      expect(polymint.logs.at(-1)).toMatchObject({
        outcome: "dependency_unreachable",
        dependency: "database",
        detail: expect.stringContaining("sslmode") as string,
      });
      await useCertificate(good);
      for (const name of contractNames) expect((await requestToken(name)).status).toBe(200);
    } finally {
      await useCertificate(good);
      await polymint.stop();
    }
  });
});
