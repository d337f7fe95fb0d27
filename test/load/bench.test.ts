/** The measurements and sums of `make bench` and `make profile`, and what `make bench-growth` fills a database with. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { fill } from "./bench/growth/fill";
import { parsePsTime, readCpuMicros } from "./bench/cpu-time";
import { type HeapNode, sumAllocations } from "./bench/profile/allocations";
import { sumSelfTime } from "./bench/profile/self-time";
import type { Measured } from "./bench/rounds";
import { compare } from "./bench/summary";

function makeMeasured(server: string, round: number, rate: number, cpuPerAnswer: number): Measured {
  const answers = rate * 3;
  const times = { p50: 1, p99: 2, slowest: 3 };
  const own = { endpoint: "refresh", server, connections: 64, round, refusals: {}, failures: 0 };
  return { ...own, ...times, answers, rate, cpuMicros: cpuPerAnswer * answers, databaseMicros: 0 };
}

describe("the comparison of make bench", () => {
  it("relates rates and CPU times of the same round, and leaves the warm-up out", () => {
    const measured = [
      makeMeasured("polymint", 0, 1, 10_000),
      makeMeasured("bare", 0, 1_000, 50),
      ...[1, 2, 3].flatMap((round) => [makeMeasured("polymint", round, 500 * round, 200), makeMeasured("bare", round, 1_000, 100 * round)]),
    ];
    expect(compare(measured, "polymint")).toEqual([
      { endpoint: "refresh", connections: 64, of: "bare", metric: "rate", median: 1, min: 0.5, max: 1.5 },
      { endpoint: "refresh", connections: 64, of: "bare", metric: "cpu", median: 1, min: 200 / 300, max: 2 },
    ]);
  });
});

describe("the CPU time of make bench", () => {
  it("is that of a process and all its descendants", async () => {
    const busy = "const end = Date.now() + 60_000; process.stdout.write('busy'); while (Date.now() < end);";
    const below = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(busy)}], { stdio: "inherit" })`;
    const child = spawn(process.execPath, ["-e", below], { stdio: ["ignore", "pipe", "inherit"], detached: true });
    try {
      await once(child.stdout, "data");
      const before = await readCpuMicros(child.pid ?? 0);
      while ((await readCpuMicros(child.pid ?? 0)) - before < 200_000);
    } finally {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }
  });

  it.each([
    ["0:00.25", 250_000],
    ["01:02:03", 3_723_000_000],
    ["1-00:00:01", 86_401_000_000],
  ])("is read from ps where there is no /proc: %s", (text, micros) => {
    expect(parsePsTime(text)).toBe(micros);
  });
});

describe("the sums of make profile", () => {
  const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
    id,
    callFrame: { functionName, url },
    children,
  });
  const build = "file:///srv/polymint/dist/src";
  const nodes = [
    node(1, "(root)", "", [2, 5, 6, 7]),
    node(2, "issue", `${build}/engine/issue.js`, [3, 8]),
    node(3, "sign", `${build}/keys/signer.js`, [4]),
    node(4, "signOneShot", "node:internal/crypto/sig"),
    node(5, "(idle)", ""),
    node(6, "(garbage collector)", ""),
    node(7, "processTicksAndRejections", "node:internal/process/task_queues"),
    node(8, "raw", "file:///srv/polymint/node_modules/@scope/knex/lib/raw.js"),
  ];

  it("give the time of Node's own functions to the module that called them, and leave out idle time and what is not in the window", () => {
    const samples = [4, 3, 5, 6, 7, 8, 2, 4];
    const profile = { nodes, startTime: 1_000, samples, timeDeltas: [0, 100, 10, 1_000, 5, 3, 2, 1] };
    const sums = sumSelfTime(profile, { from: 1_100, to: 2_121 });
    expect(sums.map(({ module, amount }) => [module, amount])).toEqual([
      ["src/keys/signer", 10],
      ["(garbage collector)", 5],
      ["node:internal/process/task_queues", 3],
      ["@scope/knex", 2],
      ["src/engine/issue", 1],
    ]);
  });

  it("tell the functions of a module, the longest first", () => {
    const profile = { nodes, startTime: 0, samples: [4, 3, 3], timeDeltas: [0, 100, 30] };
    expect(sumSelfTime(profile, { from: 0, to: 1_000 })).toEqual([
      {
        module: "src/keys/signer",
        amount: 130,
        functions: [
          ["signOneShot", 100],
          ["sign", 30],
        ],
      },
    ]);
  });
});

describe("the sums of make profile ARGS=--allocations", () => {
  it("give what Node's own functions allocate to the module that called them", () => {
    const node = (id: number, functionName: string, url: string, selfSize: number, children: HeapNode[] = []): HeapNode => ({
      id,
      callFrame: { functionName, url },
      selfSize,
      children,
    });
    const from = node(4, "from", "node:buffer", 300);
    const sign = node(3, "sign", "file:///srv/polymint/dist/src/keys/signer.js", 20, [from]);
    const tick = node(2, "processTicksAndRejections", "node:internal/process/task_queues", 7, [sign]);
    expect(sumAllocations(node(1, "(root)", "", 0, [tick]))).toEqual([
      {
        module: "src/keys/signer",
        amount: 320,
        functions: [
          ["from", 300],
          ["sign", 20],
        ],
      },
      { module: "node:internal/process/task_queues", amount: 7, functions: [["processTicksAndRejections", 7]] },
    ]);
  });
});

describe("the databases of make bench-growth", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ startAt: Date.now() });
  });
  afterAll(() => polymint.stop());

  it("have as many clients and live tokens more as were asked for, each issued when its jti says", async () => {
    const { database } = polymint;
    const count = (table: string, condition: string) =>
      database.build((knex) => knex(table).whereRaw(condition).count<{ count: string }[]>()).then(([row]) => Number(row?.count));
    const before = await count("clients", "true");
    await fill(database, { ledgerRows: 1_000, clients: 20 });
    expect((await count("clients", "true")) - before).toBe(20);
    const issued = "('x' || left(replace(jti::text, '-', ''), 12))::bit(48)::bigint / 1000.0";
    const live = "revoked_at IS NULL AND expires_at BETWEEN now() - interval '1 minute' AND now() + interval '1 hour'";
    expect(await count("issued_tokens", live)).toBe(1_000);
    expect(await count("issued_tokens", `abs(${issued} - extract(epoch FROM issued_at)) < 0.01`)).toBe(1_000);
  });
});
