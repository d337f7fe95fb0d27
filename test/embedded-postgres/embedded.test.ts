import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import type * as Embedded from "../../src/embedded-postgres";
import { compileRelease } from "../harness/compiled";

type EmbeddedPostgres = Embedded.EmbeddedPostgres;

/** The compiled module, as in a release: its keepers start in a third of the time. */
const embedded = join(compileRelease(join(__dirname, "..", "..")), "dist", "src", "embedded-postgres", "index.js");
const { useEmbeddedPostgres } = jest.requireActual<typeof Embedded>(embedded);

/** These tests look at processes through /proc, which only Linux has. CI runs on Linux, so it skips none of them. */
const describeOnLinux = process.platform === "linux" ? describe : describe.skip;
// PostgreSQL refuses to run as root, so only root needs another OS user for it.
const itAsRoot = process.getuid?.() === 0 ? it : it.skip;

const folders: string[] = [];
const handles: EmbeddedPostgres[] = [];

function makeFolder(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "polymint-test-")));
  chmodSync(root, 0o755);
  return root;
}

/** Removed after the last test, by when its keeper has ended: each stays for a second, and no other test uses the folder. */
function makeFolderForTest(): string {
  const root = makeFolder();
  folders.push(root);
  return root;
}

async function usePostgres(folder: string, settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
  const postgres = await useEmbeddedPostgres({ folder, explicit: true, settings });
  handles.push(postgres);
  return postgres;
}

async function query(postgres: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new Client(postgres.getConnectionParameters());
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
}

interface PostgresProcesses {
  keepers: number[];
  postmasters: number[];
}

/** The processes whose command line names a path below the folder. */
function findProcesses(folder: string): PostgresProcesses {
  const found: PostgresProcesses = { keepers: [], postmasters: [] };
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const command = readCommandLine(pid);
    if (!command.includes(folder)) continue;
    if (command.includes("/keeper.")) found.keepers.push(Number(pid));
    if (command.includes("/bin/postgres\0")) found.postmasters.push(Number(pid));
  }
  // A child that was forked at this moment still has its parent's command line.
  const postmasters = found.postmasters.filter((pid) => !found.postmasters.includes(readParentPid(pid)));
  return { ...found, postmasters };
}

function readParentPid(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return 0;
  }
}

function readCommandLine(pid: string): string {
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
  await until(`nothing runs on ${folder}: ${JSON.stringify(findProcesses(folder))}`, () => {
    const { keepers, postmasters } = findProcesses(folder);
    return keepers.length + postmasters.length === 0;
  });
}

function expectOne(pids: number[]): number {
  expect(pids).toHaveLength(1);
  return pids[0] as number;
}

/** Starts another process that uses the folder until it is killed. */
async function useInOtherProcess(folder: string): Promise<ChildProcess> {
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
  await Promise.all(handles.splice(0).map((postgres) => postgres.release()));
}

afterEach(releaseAll);
afterAll(async () => {
  for (const root of folders.splice(0)) {
    await untilNothingRuns(root);
    rmSync(root, { recursive: true, force: true });
  }
}, 15_000);

jest.setTimeout(20_000);

describeOnLinux("embedded PostgreSQL in use", () => {
  it("answers queries, serves two users at once, and stops when the last of them leaves", async () => {
    const folder = join(makeFolderForTest(), "data");
    const first = await usePostgres(folder, { synchronous_commit: "off" });
    expect(first.fresh).toBe(true);
    expect(first.folder).toBe(folder);
    expect(await query(first, "select 1")).toEqual([1]);
    expect(await query(first, "show synchronous_commit")).toEqual(["off"]);
    expect(await query(first, "show fsync")).toEqual(["on"]);
    const second = await usePostgres(folder);
    expect(second.fresh).toBe(false);
    const before = findProcesses(folder);
    await first.release();
    await pause(1_300); // longer than a keeper stays without users
    expect(await query(second, "select current_database()")).toEqual(["polymint"]);
    expect(findProcesses(folder)).toEqual(before);
    expect(expectOne(before.keepers)).not.toBe(expectOne(before.postmasters));
    await second.release();
    await untilNothingRuns(folder);
    expect(existsSync(join(folder, "keeper.sock"))).toBe(false);
    expect(existsSync(join(folder, "pgdata", "postmaster.pid"))).toBe(false);
  });

  it("gives five users that start at once the same data directory and postmaster", async () => {
    const folder = join(makeFolderForTest(), "data");
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => usePostgres(folder)));
    const identifiers = await Promise.all(all.map((one) => query(one, "select system_identifier from pg_control_system()")));
    expect(new Set(identifiers.flat()).size).toBe(1);
    expect(all.filter(({ fresh }) => fresh)).toHaveLength(1);
    await until("the other keepers have ended", () => findProcesses(folder).keepers.length === 1);
    expectOne(findProcesses(folder).postmasters);
    expect(readdirSync(folder).filter((name) => name.startsWith("pgdata"))).toEqual(["pgdata"]);
  });
});

describeOnLinux("embedded PostgreSQL after kill -9", () => {
  let initialized: string;
  /** A copy for each test, which need not wait until the test before has ended. */
  let folder: string;

  beforeAll(async () => {
    initialized = join(makeFolderForTest(), "data");
    await query(await usePostgres(initialized), "create table kept as select 7 as value");
    await releaseAll();
    await untilNothingRuns(initialized);
  });

  beforeEach(() => {
    folder = join(makeFolderForTest(), "data");
    execFileSync("cp", ["--archive", initialized, folder]);
  });

  it("leaves nothing running if its only user was killed", async () => {
    const user = await useInOtherProcess(folder);
    expectOne(findProcesses(folder).postmasters);
    user.kill("SIGKILL");
    await untilNothingRuns(folder);
  });

  it("is adopted by a new keeper if its keeper was killed, and its users notice nothing", async () => {
    const staying = await usePostgres(folder);
    const lost = jest.fn();
    staying.onLost(lost);
    const session = new Client(staying.getConnectionParameters());
    await session.connect();
    const { keepers, postmasters } = findProcesses(folder);
    process.kill(expectOne(keepers), "SIGKILL");
    const next = await usePostgres(folder);
    expect(next.fresh).toBe(false);
    expect((await session.query("select value from kept")).rows).toEqual([{ value: 7 }]);
    await until("there is one new keeper", () => findProcesses(folder).keepers.length === 1);
    expect(findProcesses(folder).keepers).not.toEqual(keepers);
    expect(findProcesses(folder).postmasters).toEqual(postmasters);
    await session.end();
    await next.release();
    await pause(1_300);
    expect(await query(staying, "select value from kept")).toEqual([7]);
    expect(lost).not.toHaveBeenCalled();
  });

  it("is adopted by the next user, and stopped after it, if keeper and user were killed", async () => {
    const user = await useInOtherProcess(folder);
    const { keepers, postmasters } = findProcesses(folder);
    user.kill("SIGKILL");
    process.kill(expectOne(keepers), "SIGKILL");
    await until("the keeper is gone", () => findProcesses(folder).keepers.length === 0);
    expect(findProcesses(folder).postmasters).toEqual(postmasters);
    const next = await usePostgres(folder);
    expect(await query(next, "select 1")).toEqual([1]);
    expect(findProcesses(folder).postmasters).toEqual(postmasters);
  });

  it("starts again with its data if all processes were killed", async () => {
    const user = await useInOtherProcess(folder);
    const { keepers, postmasters } = findProcesses(folder);
    const writer = await usePostgres(folder);
    await query(writer, "insert into kept values (8)");
    await writer.release();
    user.kill("SIGKILL");
    process.kill(expectOne(keepers), "SIGKILL");
    process.kill(expectOne(postmasters), "SIGKILL");
    const next = await usePostgres(folder);
    expect(next.fresh).toBe(false);
    expect(await query(next, "delete from kept where value = 8 returning value")).toEqual([8]);
    expect(expectOne(findProcesses(folder).postmasters)).not.toBe(postmasters[0]);
  });

  it("is started again by the keeper if PostgreSQL was killed", async () => {
    const postgres = await usePostgres(folder);
    const killed = expectOne(findProcesses(folder).postmasters);
    process.kill(killed, "SIGKILL");
    const canQuery = (): Promise<boolean> =>
      query(postgres, "select value from kept").then(
        () => true,
        () => false,
      );
    await until("it answers again", canQuery);
    expect(expectOne(findProcesses(folder).postmasters)).not.toBe(killed);
  });

  it("shows the end of the logs if PostgreSQL refuses a setting, though nothing was killed", async () => {
    const start = usePostgres(folder, { shared_buffers: "nonsense" });
    await expect(start).rejects.toThrow(/did not start in .*\n[^]*shared_buffers[^]*Repair what the logs show/);
  });

  it("gets a complete data directory from the next user if initdb was killed", async () => {
    const unfinished = join(makeFolderForTest(), "data");
    const starting = useInOtherProcess(unfinished).catch(() => undefined);
    const hasBegun = (): boolean => readdirSync(unfinished).some((name) => name.includes("-new-"));
    await until("initdb writes", () => existsSync(unfinished) && hasBegun());
    process.kill(expectOne(findProcesses(unfinished).keepers), "SIGKILL");
    expect(existsSync(join(unfinished, "pgdata"))).toBe(false);
    const next = await usePostgres(unfinished);
    expect(await query(next, "select 1")).toEqual([1]);
    (await starting)?.kill("SIGKILL");
  });
});

describeOnLinux("the data folder", () => {
  it("may have a path that is too long for a socket", async () => {
    const folder = join(makeFolderForTest(), "a".repeat(60), "b".repeat(60));
    const postgres = await usePostgres(folder);
    expect(await query(postgres, "select 1")).toEqual([1]);
    expect(postgres.folder).toBe(folder);
    const sockets = join(postgres.getConnectionParameters().host, "..");
    await releaseAll();
    await untilNothingRuns(folder);
    rmSync(sockets, { recursive: true });
  });

  itAsRoot("is refused with the reason if a person chose it and PostgreSQL's user may not enter it", async () => {
    const closed = join(makeFolderForTest(), "closed");
    mkdirSync(closed, { mode: 0o700 });
    const start = useEmbeddedPostgres({ folder: join(closed, "data"), explicit: true });
    await expect(start).rejects.toThrow(`may not enter ${closed}. Allow that (chmod o+x ${closed})`);
    expect(readdirSync(closed)).toEqual([]);
  });

  itAsRoot("is replaced by an open one, with a message, if no person chose it and PostgreSQL's user may not enter it", async () => {
    const closed = join(makeFolderForTest(), "closed");
    mkdirSync(closed, { mode: 0o700 });
    const lines: string[] = [];
    const options = { folder: join(closed, "data"), explicit: false, report: (line: string) => lines.push(line) };
    const postgres = await useEmbeddedPostgres(options);
    handles.push(postgres);
    folders.push(postgres.folder);
    expect(postgres.folder).toMatch(/\/polymint-[0-9a-f]{12}$/);
    expect(lines.join("\n")).toContain(`the data is kept in ${postgres.folder}`);
    expect(await query(postgres, "select 1")).toEqual([1]);
  });
});
