import type { Attempts } from "../../src/engine/ports/counts";
import { makeDatabaseCounts } from "../../src/store/counts";
import { makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";

const limit = { failures: 3, windowSeconds: 60 };
let own: OwnDatabase;
let attempts: Attempts;
let other: Attempts;

beforeAll(async () => {
  own = await makeOwnDatabase();
  attempts = makeDatabaseCounts(own.open());
  other = makeDatabaseCounts(own.open());
});
afterAll(() => own.drop());

describe("attempts", () => {
  it("block after so many failures, until the window that the first one began is over", async () => {
    expect(await attempts.failed("a", limit, now)).toBe(1);
    expect(await attempts.failed("a", limit, now + 30_000)).toBe(2);
    expect(await attempts.blockedFor("a", limit, now + 30_000)).toBe(0);
    expect(await attempts.failed("a", limit, now + 30_500)).toBe(3);
    expect(await attempts.blockedFor("a", limit, now + 30_500)).toBe(30);
    expect(await attempts.blockedFor("a", limit, now + 59_999)).toBe(1);
    expect(await attempts.blockedFor("a", limit, now + 60_000)).toBe(0);
    expect(await attempts.blockedFor("b", limit, now)).toBe(0);
  });

  it("begin a new window with the first failure after the old one", async () => {
    for (let tries = 0; tries < 3; tries += 1) await attempts.failed("c", limit, now);
    expect(await attempts.failed("c", limit, now + 60_000)).toBe(1);
    expect(await attempts.failed("c", limit, now + 119_999)).toBe(2);
    expect(await attempts.failed("c", limit, now + 120_000)).toBe(1);
  });

  it("are forgotten after a success, and one of them can be taken back", async () => {
    await attempts.failed("d", limit, now);
    await attempts.failed("d", limit, now);
    await attempts.takeBack("d");
    expect(await attempts.failed("d", limit, now)).toBe(2);
    await attempts.succeeded("d");
    expect(await attempts.failed("d", limit, now)).toBe(1);
    await attempts.takeBack("d");
    await attempts.takeBack("d");
    expect(await attempts.failed("d", limit, now)).toBe(1);
  });

  it("are each counted, by whichever server, however many there are at once", async () => {
    const counts = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? attempts : other).failed("e", limit, now)),
    );
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });
});
