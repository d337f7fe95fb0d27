import { Unavailable } from "../../src/engine/refusal";
import { type AttemptSubject, countAttempt } from "../../src/limits/counted-attempt";
import { makeDatabaseCounts } from "../../src/store/counts";
import { startPolymint, type TestPolymint } from "../../src/testkit";

const limit = { failures: 3, windowSeconds: 600 };

describe("an attempt that is counted before it is made", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  const count = (...subjects: AttemptSubject[]) => countAttempt(makeDatabaseCounts(polymint.database), subjects, polymint.clock());
  /** How many more attempts of a subject are allowed. */
  async function countLeft(key: string): Promise<number> {
    const tries = await Promise.allSettled(Array.from({ length: limit.failures + 1 }, () => count({ key, limit })));
    return tries.filter(({ status }) => status === "fulfilled").length;
  }

  it("is refused beyond the limit, with the seconds that are left of the window, though all attempts come at once", async () => {
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => count({ key: "at once", limit })));
    expect(tries.map(({ status }) => status).sort()).toEqual([...Array<string>(3).fill("fulfilled"), ...Array<string>(7).fill("rejected")]);
    polymint.clock.advance(200);
    await expect(count({ key: "at once", limit, label: "attempts of a test" })).rejects.toMatchObject({
      ...{ code: "throttled", message: "attempts of a test: more than 3 in 600 s" },
      ...{ retryAfterSeconds: 400, limit: { count: 3, windowSeconds: 600 } },
    });
    polymint.clock.advance(400);
    expect(await countLeft("at once")).toBe(3);
  });

  it("counts under no subject when one of them is blocked", async () => {
    expect(await countLeft("blocked")).toBe(3);
    await expect(count({ key: "free", limit }, { key: "blocked", limit })).rejects.toMatchObject({ code: "throttled" });
    expect(await countLeft("free")).toBe(3);
  });

  it("takes its count back when a dependency is unavailable, and keeps it when the attempt fails", async () => {
    const away = await count({ key: "away", limit });
    await expect(away.run(() => Promise.reject(new Unavailable("database", "unreachable", "away")))).rejects.toThrow(Unavailable);
    expect(await countLeft("away")).toBe(3);
    const failed = await count({ key: "failed", limit });
    await expect(failed.run(() => Promise.reject(new Error("wrong")))).rejects.toThrow("wrong");
    expect(await countLeft("failed")).toBe(2);
  });

  it("takes back its own count when it succeeds, and clears the earlier ones only where the subject says so", async () => {
    const cleared = { key: "cleared", limit, isClearedBySuccess: true };
    const kept = { key: "kept", limit };
    await count(cleared, kept);
    const attempt = await count(cleared, kept);
    await attempt.recordSuccess();
    expect([await countLeft("cleared"), await countLeft("kept")]).toEqual([3, 2]);
  });
});
