import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import request from "supertest";
import {
  freePort,
  installServer,
  type InstalledServer,
  readBannerCurls,
  runInShell,
  type ServerProcess,
  until,
} from "../harness/installed-server";
import { makePolymint, type Polymint } from "../cli/command";
import { type ClusterServer, type Standby, startPrimary, startStandby } from "./harness/cluster";
import { type Relay, startRelay } from "./harness/relay";

jest.setTimeout(120_000);

interface LogLine {
  pid: number;
  level: number;
  msg: string;
  jti?: string;
  tokens?: number;
  detail?: string;
}

const makeSecretText = (): string => randomBytes(32).toString("base64");

let installed: InstalledServer;
let commands: Polymint;
/** The database that answers, and one that follows it. */
let primary: ClusterServer;
let standby: Standby;
let replaced: ClusterServer[];
let relay: Relay;
/** A server of two workers. */
let answering: ServerProcess;
let readyUrl: string;
let metricsUrl: string;
/** A server that answers no token request, and requires synchronous commits. */
let strict: ServerProcess;
let strictReadyUrl: string;

beforeAll(async () => {
  installed = installServer();
  replaced = [];
  primary = await startPrimary();
  relay = await startRelay(primary.port);
  const [port, strictPort, metricsPort] = [String(await freePort()), String(await freePort()), String(await freePort())];
  [readyUrl = "", strictReadyUrl = ""] = [port, strictPort].map((each) => `http://127.0.0.1:${each}/health/ready`);
  metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  const secrets = { POLYMINT_PEPPER: makeSecretText(), POLYMINT_MASTER_KEY: makeSecretText() };
  const settings = { DATABASE_URL: `postgres://polymint@127.0.0.1:${relay.port}/postgres`, ...secrets, DOCS: "off", SANDBOX_DATABASE: "" };
  commands = makePolymint(installed.data, settings);
  answering = installed.serve({ ...settings, PORT: port, METRICS_PORT: metricsPort, WORKERS: "2" }, "--demo");
  [standby] = await Promise.all([startStandby(primary, { synchronous: true }), answering.waitUntilListening()]);
  strict = installed.serve({ ...settings, PORT: strictPort, WORKERS: "1", DATABASE_REQUIRE_SYNC: "1" });
  await strict.waitUntilListening();
});
afterAll(async () => {
  await installed.remove();
  await relay.close();
  await Promise.all([primary, standby, ...replaced].map((server) => server.remove()));
});

/** Gets tokens, each on a connection of its own, until both workers have answered some. @returns how many */
async function getTokens(least: number): Promise<number> {
  const curls = readBannerCurls(answering.stdout());
  const before = readLog(answering).length;
  const workers = (): Set<number> =>
    new Set(
      readLog(answering)
        .slice(before)
        .flatMap((line) => (line.jti === undefined ? [] : [line.pid])),
    );
  for (let got = 0; ; got += 2) {
    if (got >= least) {
      await sleep(300);
      if (workers().size === 2) return got;
    }
    for (const contract of ["abbeycross", "raidiam"]) expect(await runInShell(curls[contract] ?? "")).toContain("access_token");
  }
}

function readLog(server: ServerProcess): LogLine[] {
  return server
    .stderr()
    .split("\n")
    .flatMap((line) => (line.startsWith("{") && line.endsWith("}") ? [JSON.parse(line) as LogLine] : []));
}

/** Asks so often that each worker answers. @returns the different answers */
async function readReadiness(url: string): Promise<unknown[]> {
  const answers = new Set<string>();
  for (let n = 0; n < 4; n += 1) {
    const { status, text } = await request(url).get("");
    answers.add(text);
    expect(status).toBe(text === '{"status":"ready"}' ? 200 : 503);
  }
  return [...answers].map((answer) => JSON.parse(answer) as unknown);
}

const ready = [{ status: "ready" }];

/** The standby takes the place of the primary, which is frozen. */
async function failOver(): Promise<void> {
  primary.freeze();
  await standby.promote();
  relay.lead(standby.port);
}

const keptMessage = "Connections to the database were lost, or it was replaced. The tokens that were answered last are all in the ledger.";

async function expectNotSynchronous(why: string): Promise<void> {
  const checks = { serving: "ok", database: "ok", ledger: "ok", replication: "not_synchronous" };
  const detail = `Commits do not wait for a standby (DATABASE_REQUIRE_SYNC): ${why}.`;
  expect(await readReadiness(strictReadyUrl)).toEqual([{ status: "not_ready", checks, detail }]);
}

it("a server that requires synchronous commits is ready only while the commits of its own sessions wait for a standby", async () => {
  expect(await readReadiness(strictReadyUrl)).toEqual(ready);
  await primary.set("synchronous_standby_names", "");
  await expectNotSynchronous("synchronous_standby_names is empty");
  await primary.set("synchronous_standby_names", standby.name);
  expect(await readReadiness(strictReadyUrl)).toEqual(ready);

  await primary.run("ALTER ROLE polymint SET synchronous_commit = local");
  relay.lead(primary.port);
  await expectNotSynchronous("synchronous_commit is local");
  await primary.run("ALTER ROLE polymint SET synchronous_commit = remote_write");
  relay.lead(primary.port);
  expect(await readReadiness(strictReadyUrl)).toEqual(ready);
  await primary.run("ALTER ROLE polymint RESET synchronous_commit");
  const countErrors = (): number =>
    readLog(strict).filter(({ level, detail }) => level === 50 && detail === "synchronous_commit is local").length;
  await until("it is logged once", () => countErrors() === 1);
});

it("a worker whose write fails makes the other worker not ready too, until rows can be written", async () => {
  await primary.run(
    "CREATE FUNCTION fail_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a fault of the test'; END $$",
    "CREATE TRIGGER fail_row BEFORE INSERT ON issued_tokens FOR EACH ROW EXECUTE FUNCTION fail_row()",
  );
  expect(await readReadiness(readyUrl)).toEqual(ready);
  expect(await runInShell(readBannerCurls(answering.stdout()).abbeycross ?? "")).not.toContain("access_token");
  expect(await readReadiness(readyUrl)).toEqual([{ status: "not_ready", checks: { serving: "ok", database: "failing" } }]);
  await primary.run("DROP FUNCTION fail_row CASCADE");
  expect(await readReadiness(readyUrl)).toEqual(ready);
});

describe("a failover", () => {
  it("(control) to a standby that has every token finds nothing lost", async () => {
    await getTokens(4);
    const before = readLog(answering).length;
    await failOver();
    const countLookers = (): number => {
      const lines = readLog(answering).slice(before);
      return new Set(lines.flatMap(({ msg, pid }) => (msg === keptMessage ? [pid] : []))).size;
    };
    await until("both workers have looked", () => countLookers() === 2, 20_000);
    // The new primary has no standby.
    await expectNotSynchronous("synchronous_standby_names is empty");
    expect(await standby.run("SELECT * FROM lost_tokens")).toEqual([]);
    replaced.push(primary);
    [primary, standby] = [standby, await startStandby(standby)];
  });

  it("to a standby that lacks tokens makes every server not ready until an operator acknowledges the loss", async () => {
    await getTokens(2);
    const countReplayed = async () => (await standby.run("SELECT jti FROM issued_tokens")).length;
    await until(
      "the standby has them",
      async () => (await countReplayed()) === (await primary.run("SELECT jti FROM issued_tokens")).length,
    );
    await standby.set("primary_conninfo", "");
    await until("the standby receives nothing", async () => (await standby.run("SELECT 1 FROM pg_stat_wal_receiver")).length === 0);
    const lost = await getTokens(4);
    await failOver();

    const detail = `The database has lost ${lost} answered tokens: see \`polymint ledger acknowledge\`.`;
    const notReady = { status: "not_ready", checks: { serving: "ok", database: "ok", ledger: "lost_tokens" }, detail };
    await until(
      "the server says what was lost",
      async () => JSON.stringify(await readReadiness(readyUrl)) === JSON.stringify([notReady]),
      20_000,
    );
    expect(JSON.stringify(await readReadiness(strictReadyUrl))).toContain(detail);
    const findErrors = (): LogLine[] => readLog(answering).filter(({ msg }) => msg.startsWith("The database has lost tokens"));
    await until("the log has the number", () => findErrors().reduce((sum, { tokens = 0 }) => sum + tokens, 0) === lost);
    const errors = findErrors();
    expect(new Set(errors.map(({ pid }) => pid)).size).toBe(errors.length);
    expect((await request(metricsUrl).get("")).text).toContain(`polymint_ledger_lost_total ${lost}\n`);
    const jtis = readLog(answering).flatMap(({ jti }) => jti ?? []);
    expect((await standby.run("SELECT jti FROM lost_tokens ORDER BY jti")).map(({ jti }) => jti)).toEqual(jtis.slice(-lost).sort());

    const asked = await commands.json(["ledger", "acknowledge", "--dry-run"]);
    const acknowledged = await commands.json(["ledger", "acknowledge"]);
    const contract = {
      tokens: lost / 2,
      clients: 1,
      first_issued_at: expect.any(String) as string,
      last_issued_at: expect.any(String) as string,
    };
    const loss = { tokens: lost, contracts: ["abbeycross", "raidiam"].map((name) => ({ contract: name, ...contract })) };
    expect(asked).toEqual({ dry_run: true, ...loss });
    expect(acknowledged).toEqual({ dry_run: false, ...loss });
    expect(await readReadiness(readyUrl)).toEqual(ready);
    const again = await commands.run(["ledger", "acknowledge"]);
    expect([again.code, again.stdout]).toEqual([0, "No loss waits to be acknowledged.\n"]);
    expect(await standby.run("SELECT object FROM audit_changes WHERE command = 'ledger acknowledge'")).toEqual([
      { object: `${lost} lost tokens of abbeycross raidiam` },
    ]);
  });

  it("back to the frozen primary that goes on loses the tokens of the meantime, and is noticed too", async () => {
    const lost = await getTokens(2);
    primary.thaw();
    relay.lead(primary.port);
    const detail = `The database has lost ${lost} answered tokens`;
    await until(
      "every server says what was lost",
      async () => {
        const answers = [await readReadiness(readyUrl), await readReadiness(strictReadyUrl)];
        return answers.every((each) => each.length === 1 && JSON.stringify(each).includes(detail));
      },
      20_000,
    );
  });
});
