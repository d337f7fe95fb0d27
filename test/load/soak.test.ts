/** The judgement and the measurements of `make soak`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { findFaults, type SoakMeasure, measure } from "./soak/growth";
import { noCounts } from "./soak/load";
import { startPolymint, type TestPolymint } from "../../src/testkit";

/** Ten minutes of a good server: it has a row for each token, and its memory goes up and down. */
function makeMeasures(change: (one: SoakMeasure) => Partial<SoakMeasure> = () => ({})): SoakMeasure[] {
  return Array.from({ length: 11 }, (_, minute) => {
    const requests = minute * 10_000;
    const one: SoakMeasure = {
      minute,
      counts: { ...noCounts(), requests, tokens: requests / 2 },
      memoryMegabytes: 200 + (minute % 2) * 10,
      databaseMegabytes: 20 + minute * 3,
      rows: { issued_tokens: 7 + requests / 2, sessions: minute * 100 },
    };
    return { ...one, ...change(one) };
  });
}

describe("the judgement of make soak", () => {
  it("finds no fault with a good server", () => {
    expect(findFaults(makeMeasures())).toEqual([]);
  });

  it.each<[string, (one: SoakMeasure) => Partial<SoakMeasure>, RegExp]>([
    ["memory that grows a little each minute", ({ minute }) => ({ memoryMegabytes: 200 + minute * 5 }), /more than 4 MB in each/],
    ["memory that grew a lot at once", ({ minute }) => ({ memoryMegabytes: minute > 5 ? 320 : 200 }), /memory grew by 120 MB/],
    [
      "a token that was answered and is not in the ledger",
      ({ rows, minute }) => ({ rows: { ...rows, issued_tokens: (rows.issued_tokens ?? 0) - (minute === 10 ? 1 : 0) } }),
      /the ledger lacks 1 tokens/,
    ],
    [
      "a table that gets two rows for each request",
      ({ rows, counts }) => ({ rows: { ...rows, sessions: counts.requests * 2 } }),
      /sessions has/,
    ],
    ["tables that grow faster than their rows", ({ minute }) => ({ databaseMegabytes: 20 + minute * 50 }), /the tables grew by 500 MB/],
    [
      "an unexpected answer",
      ({ counts, minute }) => ({ counts: { ...counts, unexpected: minute === 10 ? { "abbeycross 500": 2 } : {} } }),
      /2 × abbeycross 500/,
    ],
  ])("(control) finds %s", (_name, change, fault) => {
    expect(findFaults(makeMeasures(change))).toEqual([expect.stringMatching(fault)]);
  });
});

describe("a measurement of make soak", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  it("has the memory of a process and all its descendants, and the number of rows", async () => {
    const hoard = "const kept = Buffer.alloc(150 * 2 ** 20, 1); process.stdout.write('full'); setInterval(() => kept.length, 1000)";
    const below = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(hoard)}], { stdio: "inherit" })`;
    const child = spawn(process.execPath, ["-e", below], { stdio: ["ignore", "pipe", "inherit"], detached: true });
    try {
      await once(child.stdout, "data");
      const { memoryMegabytes, rows } = await measure(0, noCounts(), child.pid ?? 0, polymint.database);
      expect(memoryMegabytes).toBeGreaterThan(150);
      expect(rows).toMatchObject({ issued_tokens: 0, people: 1 });
    } finally {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }
  });
});
