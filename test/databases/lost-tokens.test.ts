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

/** A primary that has a standby, and a server of two workers on it; in the asynchronous case also a server that answers nothing. */
interface Site {
  primary: ClusterServer;
  standby: Standby;
  relay: Relay;
  settings: Record<string, string>;
  answering: ServerProcess;
  readyUrls: string[];
  metricsUrl: string;
}

const makeSecretText = (): string => randomBytes(32).toString("base64");

let installed: InstalledServer;
const stops: (() => Promise<unknown>)[] = [];
beforeAll(() => {
  installed = installServer();
});
afterAll(() => installed.remove());

async function startSite({ synchronous, more = {} }: { synchronous: boolean; more?: Record<string, string> }): Promise<Site> {
  const primary = await startPrimary();
  stops.push(() => primary.remove());
  const standby = await startStandby(primary, { synchronous });
  stops.push(() => standby.remove());
  const relay = await startRelay(primary.port);
  stops.push(() => relay.close());
  const [port, other, metrics] = [String(await freePort()), String(await freePort()), String(await freePort())];
  const settings = {
    DATABASE_URL: `postgres://polymint@127.0.0.1:${relay.port}/postgres`,
    POLYMINT_PEPPER: makeSecretText(),
    POLYMINT_MASTER_KEY: makeSecretText(),
    ...more,
  };
  const answering = installed.serve(
    { ...settings, PORT: port, METRICS_PORT: metrics, WORKERS: "2", DOCS: "off", SANDBOX_DATABASE: "" },
    "--demo",
  );
  stops.push(() => stopServer(answering));
  await answering.waitUntilListening();
  if (!synchronous) {
    const silent = installed.serve({ ...settings, PORT: other, WORKERS: "1" });
    stops.push(() => stopServer(silent));
    await silent.waitUntilListening();
  }
  const readyUrls = (synchronous ? [port] : [port, other]).map((each) => `http://127.0.0.1:${each}/health/ready`);
  return { primary, standby, relay, settings, answering, readyUrls, metricsUrl: `http://127.0.0.1:${metrics}/metrics` };
}

async function stopServer(server: ServerProcess): Promise<void> {
  server.kill("SIGTERM");
  await server.ended;
}

/** Gets tokens, each on a connection of its own, until both workers have answered some. @returns how many */
async function getTokens({ answering }: Site, least: number): Promise<number> {
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

/** Asks so often that both workers answer. @returns the different answers */
async function readReadiness(urls: readonly string[]): Promise<unknown[]> {
  const answers = new Set<string>();
  for (const url of [...urls, ...urls, ...urls]) {
    const { status, text } = await request(url).get("");
    answers.add(text);
    expect(status).toBe(text === '{"status":"ready"}' ? 200 : 503);
  }
  return [...answers].map((answer) => JSON.parse(answer) as unknown);
}

const areReady = async ({ readyUrls }: Site): Promise<boolean> => JSON.stringify(await readReadiness(readyUrls)) === '[{"status":"ready"}]';

async function failOver({ primary, standby, relay }: Site): Promise<void> {
  primary.freeze();
  await standby.promote();
  relay.lead(standby.port);
}

const keptMessage = "Connections to the database were lost, or it was replaced. The tokens that were answered last are all in the ledger.";

async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

describe("a failover", () => {
  afterAll(stopAll);

  let site: Site;
  beforeAll(async () => {
    site = await startSite({ synchronous: false });
  });

  it("to a standby that lacks tokens makes every server not ready until an operator acknowledges the loss", async () => {
    const { standby, answering, readyUrls, settings } = site;
    await getTokens(site, 2);
    await until("the standby has them", async () => (await standby.run("SELECT jti FROM issued_tokens")).length >= 2);
    await standby.set("primary_conninfo", "");
    await until("the standby receives nothing", async () => (await standby.run("SELECT 1 FROM pg_stat_wal_receiver")).length === 0);
    const lost = await getTokens(site, 4);
    await failOver(site);

    const notReady = {
      status: "not_ready",
      checks: { serving: "ok", database: "ok", ledger: "lost_tokens" },
      detail: `The database has lost ${lost} answered tokens: see \`polymint ledger acknowledge\`.`,
    };
    await until(
      "every server says what was lost",
      async () => JSON.stringify(await readReadiness(readyUrls)) === JSON.stringify([notReady]),
      20_000,
    );
    const findErrors = (): LogLine[] => readLog(answering).filter(({ msg }) => msg.startsWith("The database has lost tokens"));
    await until("the log has the number", () => findErrors().reduce((sum, { tokens = 0 }) => sum + tokens, 0) === lost);
    const errors = findErrors();
    expect(new Set(errors.map(({ pid }) => pid)).size).toBe(errors.length);
    expect((await request(site.metricsUrl).get("")).text).toContain(`polymint_ledger_lost_total ${lost}\n`);
    const jtis = readLog(answering).flatMap(({ jti }) => jti ?? []);
    expect((await standby.run("SELECT jti FROM lost_tokens ORDER BY jti")).map(({ jti }) => jti)).toEqual(jtis.slice(-lost).sort());

    const asked = await installed.run(["ledger", "acknowledge", "--dry-run", "--json"], settings);
    const acknowledged = await installed.run(["ledger", "acknowledge", "--json"], settings);
    const contract = {
      tokens: lost / 2,
      clients: 1,
      first_issued_at: expect.any(String) as string,
      last_issued_at: expect.any(String) as string,
    };
    const loss = { tokens: lost, contracts: ["abbeycross", "raidiam"].map((name) => ({ contract: name, ...contract })) };
    expect(JSON.parse(asked.stdout)).toEqual({ dry_run: true, ...loss });
    expect([acknowledged.code, JSON.parse(acknowledged.stdout)]).toEqual([0, { dry_run: false, ...loss }]);
    expect(await areReady(site)).toBe(true);
    const again = await installed.run(["ledger", "acknowledge"], settings);
    expect([again.code, again.stdout]).toEqual([0, "No loss waits to be acknowledged.\n"]);
    expect(await standby.run("SELECT object FROM audit_changes WHERE command = 'ledger acknowledge'")).toEqual([
      { object: `${lost} lost tokens of abbeycross raidiam` },
    ]);
  });

  it("back to the frozen primary that goes on loses the tokens of the meantime, and is noticed too", async () => {
    const { primary, relay, readyUrls } = site;
    const lost = await getTokens(site, 2);
    primary.thaw();
    relay.lead(primary.port);
    const detail = `The database has lost ${lost} answered tokens`;
    await until(
      "every server says what was lost",
      async () => {
        const answers = await readReadiness(readyUrls);
        return answers.length === 1 && JSON.stringify(answers).includes(detail);
      },
      20_000,
    );
  });
});

describe("a server that requires synchronous commits", () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ synchronous: true, more: { DATABASE_REQUIRE_SYNC: "1" } });
  });
  afterAll(stopAll);

  const expectNotSynchronous = async (why: string): Promise<void> => {
    const checks = { serving: "ok", database: "ok", ledger: "ok", replication: "not_synchronous" };
    const detail = `Commits do not wait for a standby (DATABASE_REQUIRE_SYNC): ${why}.`;
    expect(await readReadiness(site.readyUrls)).toEqual([{ status: "not_ready", checks, detail }]);
  };

  it("is ready only while the commits of its own sessions wait for a standby", async () => {
    const { primary, standby, relay } = site;
    expect(await areReady(site)).toBe(true);
    await primary.set("synchronous_standby_names", "");
    await expectNotSynchronous("synchronous_standby_names is empty");
    await primary.set("synchronous_standby_names", standby.name);
    expect(await areReady(site)).toBe(true);

    await primary.run("ALTER ROLE polymint SET synchronous_commit = local");
    relay.lead(primary.port);
    await expectNotSynchronous("synchronous_commit is local");
    await primary.run("ALTER ROLE polymint SET synchronous_commit = remote_write");
    relay.lead(primary.port);
    expect(await areReady(site)).toBe(true);
    await primary.run("ALTER ROLE polymint RESET synchronous_commit");
    const countErrors = (): number =>
      readLog(site.answering).filter(({ level, detail }) => level === 50 && detail === "synchronous_commit is local").length;
    await until("each worker has logged it once", () => countErrors() === 2);
  });

  it("(control) finds nothing lost after a failover to a standby that has every token", async () => {
    await getTokens(site, 4);
    const before = readLog(site.answering).length;
    await failOver(site);
    const countLookers = (): number => {
      const lines = readLog(site.answering).slice(before);
      return new Set(lines.flatMap(({ msg, pid }) => (msg === keptMessage ? [pid] : []))).size;
    };
    await until("both workers have looked", () => countLookers() === 2, 20_000);
    // The new primary has no standby.
    await expectNotSynchronous("synchronous_standby_names is empty");
    expect(await site.standby.run("SELECT * FROM lost_tokens")).toEqual([]);
  });
});
