import type { Attempts } from "../../src/engine/ports/counts";
import { makeDatabaseCounts } from "../../src/store/counts";
import { makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";

const limit = { failures: 3, windowSeconds: 60 };
let own: OwnDatabase;
let counts: Attempts;
let other: Attempts;

beforeAll(async () => {
  own = await makeOwnDatabase();
  counts = makeDatabaseCounts(own.open());
  other = makeDatabaseCounts(own.open());
});
afterAll(() => own.drop());

describe("the counts in the database", () => {
  it("block a subject after three failures, until the window of the first one is over", async () => {
    expect(await counts.add("a", limit, now)).toBe(1);
    expect(await counts.add("a", limit, now + 30_000)).toBe(2);
    expect(await counts.findBlockedSeconds("a", limit, now + 30_000)).toBe(0);
    expect(await counts.add("a", limit, now + 30_500)).toBe(3);
    expect(await counts.findBlockedSeconds("a", limit, now + 30_500)).toBe(30);
    expect(await counts.findBlockedSeconds("a", limit, now + 59_999)).toBe(1);
    expect(await counts.findBlockedSeconds("a", limit, now + 60_000)).toBe(0);
    expect(await counts.findBlockedSeconds("b", limit, now)).toBe(0);
  });

  it("begin a new window with the first failure after the old window", async () => {
    for (let tries = 0; tries < 3; tries += 1) await counts.add("c", limit, now);
    expect(await counts.add("c", limit, now + 60_000)).toBe(1);
    expect(await counts.add("c", limit, now + 119_999)).toBe(2);
    expect(await counts.add("c", limit, now + 120_000)).toBe(1);
  });

  it("forget failures after a success, and take back a single one", async () => {
    await counts.add("d", limit, now);
    await counts.add("d", limit, now);
    await counts.takeBack("d");
    expect(await counts.add("d", limit, now)).toBe(2);
    await counts.forget("d");
    expect(await counts.add("d", limit, now)).toBe(1);
    await counts.takeBack("d");
    await counts.takeBack("d");
    expect(await counts.add("d", limit, now)).toBe(1);
  });

  it("count each of forty simultaneous failures at two servers", async () => {
    const counted = await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? counts : other).add("e", limit, now)));
    expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });
});
