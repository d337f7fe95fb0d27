import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import type * as Embedded from "../../src/embedded-postgres";
import { compiledRelease } from "../harness/compiled";

type EmbeddedPostgres = Embedded.EmbeddedPostgres;

/** Compiled, as people have it: its keepers start in a third of the time. */
const embedded = join(compiledRelease(join(__dirname, "..", "..")), "dist", "src", "embedded-postgres", "index.js");
const { useEmbeddedPostgres } = jest.requireActual<typeof Embedded>(embedded);

/** Real processes are looked at through /proc, which only Linux has; CI runs on Linux, so there none is passed over. */
const onLinux = process.platform === "linux" ? describe : describe.skip;
// What only root can be in the situation of: PostgreSQL refuses to run as root, so another account has to.
const asRoot = process.getuid?.() === 0 ? it : it.skip;

const roots: string[] = [];
const uses: EmbeddedPostgres[] = [];

function makeRoot(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "polymint-test-")));
  chmodSync(root, 0o755);
  return root;
}

/** Removed after the test. */
function freshRoot(): string {
  const root = makeRoot();
  roots.push(root);
  return root;
}

async function use(folder: string, settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
  const postgres = await useEmbeddedPostgres({ folder, explicit: true, settings });
  uses.push(postgres);
  return postgres;
}

async function query(postgres: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new Client(postgres.connection());
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
}

interface Found {
  keepers: number[];
  postmasters: number[];
}

/** The processes whose command line names a path below the folder. */
function processesOf(folder: string): Found {
  const found: Found = { keepers: [], postmasters: [] };
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const command = commandOf(pid);
    if (!command.includes(folder)) continue;
    if (command.includes("/keeper.")) found.keepers.push(Number(pid));
    if (command.includes("/bin/postgres\0")) found.postmasters.push(Number(pid));
  }
  // A child that was forked this very moment still goes by its parent's command line.
  const postmasters = found.postmasters.filter((pid) => !found.postmasters.includes(parentOf(pid)));
  return { ...found, postmasters };
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return 0;
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 8_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within 8 s: ${what}`);
    await pause(25);
  }
}

async function untilNothingRuns(folder: string): Promise<void> {
  await until(`nothing runs on ${folder}: ${JSON.stringify(processesOf(folder))}`, () => {
    const { keepers, postmasters } = processesOf(folder);
    return keepers.length + postmasters.length === 0;
  });
}

function only(pids: number[]): number {
  expect(pids).toHaveLength(1);
  return pids[0] as number;
}

/** Another process that uses the folder until it is killed. */
async function useElsewhere(folder: string): Promise<ChildProcess> {
  const options = JSON.stringify({ folder, explicit: true });
  const script = `setInterval(() => {}, 1000);
    require(${JSON.stringify(embedded)}).useEmbeddedPostgres(${options}).then(
      () => process.stdout.write('using'), (error) => process.stdout.write(error.message));`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  expect(said.toString()).toBe("using");
  return child;
}

async function releaseAll(): Promise<void> {
  await Promise.all(uses.splice(0).map((postgres) => postgres.release()));
}

afterEach(async () => {
  await releaseAll();
  for (const root of roots.splice(0)) {
    await untilNothingRuns(root);
    rmSync(root, { recursive: true, force: true });
  }
}, 15_000);

jest.setTimeout(20_000);

onLinux("embedded PostgreSQL in use", () => {
  it("answers, serves two users at once, and ends with the last of them", async () => {
    const folder = join(freshRoot(), "data");
    const first = await use(folder, { synchronous_commit: "off" });
    expect(first.fresh).toBe(true);
    expect(first.folder).toBe(folder);
    expect(await query(first, "select 1")).toEqual([1]);
    expect(await query(first, "show synchronous_commit")).toEqual(["off"]);
    expect(await query(first, "show fsync")).toEqual(["on"]);
    const second = await use(folder);
    expect(second.fresh).toBe(false);
    const before = processesOf(folder);
    await first.release();
    await pause(1_300); // longer than a keeper stays without users
    expect(await query(second, "select current_database()")).toEqual(["polymint"]);
    expect(processesOf(folder)).toEqual(before);
    expect(only(before.keepers)).not.toBe(only(before.postmasters));
    await second.release();
    await untilNothingRuns(folder);
    expect(existsSync(join(folder, "keeper.sock"))).toBe(false);
    expect(existsSync(join(folder, "pgdata", "postmaster.pid"))).toBe(false);
  });

  it("gives five who start at once one cluster and one postmaster", async () => {
    const folder = join(freshRoot(), "data");
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => use(folder)));
    const identifiers = await Promise.all(all.map((one) => query(one, "select system_identifier from pg_control_system()")));
    expect(new Set(identifiers.flat()).size).toBe(1);
    expect(all.filter(({ fresh }) => fresh)).toHaveLength(1);
    await until("the losers have left", () => processesOf(folder).keepers.length === 1);
    only(processesOf(folder).postmasters);
    expect(readdirSync(folder).filter((name) => name.startsWith("pgdata"))).toEqual(["pgdata"]);
  });
});

onLinux("embedded PostgreSQL after kill -9", () => {
  let root: string;
  let folder: string; // one cluster for all of these; each leaves it stopped and whole

  beforeAll(async () => {
    root = makeRoot();
    folder = join(root, "data");
    await query(await use(folder), "create table kept as select 7 as value");
    await releaseAll();
  });

  afterEach(async () => {
    await releaseAll();
    await untilNothingRuns(folder);
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("of its only user: leaves nothing running", async () => {
    const user = await useElsewhere(folder);
    only(processesOf(folder).postmasters);
    user.kill("SIGKILL");
    await untilNothingRuns(folder);
  });

  it("of the keeper: the running PostgreSQL is adopted by the next, by its users unnoticed", async () => {
    const staying = await use(folder);
    const lost = jest.fn();
    staying.onLost(lost);
    const session = new Client(staying.connection());
    await session.connect();
    const { keepers, postmasters } = processesOf(folder);
    process.kill(only(keepers), "SIGKILL");
    const next = await use(folder);
    expect(next.fresh).toBe(false);
    expect((await session.query("select value from kept")).rows).toEqual([{ value: 7 }]);
    await until("one new keeper", () => processesOf(folder).keepers.length === 1);
    expect(processesOf(folder).keepers).not.toEqual(keepers);
    expect(processesOf(folder).postmasters).toEqual(postmasters);
    await session.end();
    await next.release();
    await pause(1_300);
    expect(await query(staying, "select value from kept")).toEqual([7]);
    expect(lost).not.toHaveBeenCalled();
  });

  it("of keeper and user: the next use adopts the orphan and ends it", async () => {
    const user = await useElsewhere(folder);
    const { keepers, postmasters } = processesOf(folder);
    user.kill("SIGKILL");
    process.kill(only(keepers), "SIGKILL");
    await until("the keeper is gone", () => processesOf(folder).keepers.length === 0);
    expect(processesOf(folder).postmasters).toEqual(postmasters);
    const next = await use(folder);
    expect(await query(next, "select 1")).toEqual([1]);
    expect(processesOf(folder).postmasters).toEqual(postmasters);
  });

  it("of everything: starts again with the data kept", async () => {
    const user = await useElsewhere(folder);
    const { keepers, postmasters } = processesOf(folder);
    const writer = await use(folder);
    await query(writer, "insert into kept values (8)");
    await writer.release();
    user.kill("SIGKILL");
    process.kill(only(keepers), "SIGKILL");
    process.kill(only(postmasters), "SIGKILL");
    const next = await use(folder);
    expect(next.fresh).toBe(false);
    expect(await query(next, "delete from kept where value = 8 returning value")).toEqual([8]);
    expect(only(processesOf(folder).postmasters)).not.toBe(postmasters[0]);
  });

  it("of PostgreSQL: the keeper starts it again", async () => {
    const postgres = await use(folder);
    const killed = only(processesOf(folder).postmasters);
    process.kill(killed, "SIGKILL");
    const answers = (): Promise<boolean> =>
      query(postgres, "select value from kept").then(
        () => true,
        () => false,
      );
    await until("it answers again", answers);
    expect(only(processesOf(folder).postmasters)).not.toBe(killed);
  });

  it("of nothing, but with a setting that PostgreSQL refuses: says what the logs say", async () => {
    const start = use(folder, { shared_buffers: "nonsense" });
    await expect(start).rejects.toThrow(/did not start in .*\n[^]*shared_buffers[^]*Mend what they say/);
  });

  it("during initdb: the next use makes a whole cluster", async () => {
    const unfinished = join(freshRoot(), "data");
    const starting = useElsewhere(unfinished).catch(() => undefined);
    const begun = (): boolean => readdirSync(unfinished).some((name) => name.includes("-new-"));
    await until("initdb writes", () => existsSync(unfinished) && begun());
    process.kill(only(processesOf(unfinished).keepers), "SIGKILL");
    expect(existsSync(join(unfinished, "pgdata"))).toBe(false);
    const next = await use(unfinished);
    expect(await query(next, "select 1")).toEqual([1]);
    (await starting)?.kill("SIGKILL");
  });
});

onLinux("the data folder", () => {
  it("may have a path too long for a socket", async () => {
    const folder = join(freshRoot(), "a".repeat(60), "b".repeat(60));
    const postgres = await use(folder);
    expect(await query(postgres, "select 1")).toEqual([1]);
    expect(postgres.folder).toBe(folder);
    const sockets = join(postgres.connection().host, "..");
    await releaseAll();
    await untilNothingRuns(folder);
    rmSync(sockets, { recursive: true });
  });

  asRoot("is refused with the reason when chosen and closed to the user of PostgreSQL", async () => {
    const closed = join(freshRoot(), "closed");
    mkdirSync(closed, { mode: 0o700 });
    const start = useEmbeddedPostgres({ folder: join(closed, "data"), explicit: true });
    await expect(start).rejects.toThrow(`may not enter ${closed}. Allow that (chmod o+x ${closed})`);
    expect(readdirSync(closed)).toEqual([]);
  });

  asRoot("moves to an open place, and says so, when not chosen", async () => {
    const closed = join(freshRoot(), "closed");
    mkdirSync(closed, { mode: 0o700 });
    const lines: string[] = [];
    const options = { folder: join(closed, "data"), explicit: false, report: (line: string) => lines.push(line) };
    const postgres = await useEmbeddedPostgres(options);
    uses.push(postgres);
    roots.push(postgres.folder);
    expect(postgres.folder).toMatch(/\/polymint-[0-9a-f]{12}$/);
    expect(lines.join("\n")).toContain(`the data is kept in ${postgres.folder}`);
    expect(await query(postgres, "select 1")).toEqual([1]);
  });
});
