import { type Caller, makeCaller } from "../../src/engine/caller";
import { Unavailable } from "../../src/engine/refusal";
import { makeDeadline } from "../../src/http/deadline";

const limitMs = 1_300;

/** @returns how a request has ended after so many milliseconds while its work does not end: "nothing" if it still waits */
async function waitFor(ms: number, isDatabaseOverloaded: boolean, change: Partial<Caller> = {}): Promise<string> {
  const caller = { ...makeCaller(), ...change };
  let outcome = "nothing";
  makeDeadline(limitMs, () => isDatabaseOverloaded)
    .run(() => new Promise(() => undefined), caller)
    .catch((reason: unknown) => (outcome = reason instanceof Unavailable ? reason.kind : String(reason)));
  await jest.advanceTimersByTimeAsync(ms);
  expect(caller.gone).toBe(outcome !== "nothing");
  return outcome;
}

describe("a request whose work does not end", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it("is refused at its deadline if the database is overloaded", async () => {
    expect(await waitFor(limitMs - 1, true)).toBe("nothing");
    expect(await waitFor(limitMs, true)).toBe("timed_out");
    expect(await waitFor(10 * limitMs, false)).toBe("nothing");
  });

  it("gets more time while it waits for a commit, whose answer cannot be repeated", async () => {
    expect(await waitFor(limitMs + 100, true, { waitsFor: "a commit" })).toBe("nothing");
    expect(await waitFor(1_500, true, { waitsFor: "a commit" })).toBe("timed_out");
  });

  it("is not refused while it waits for a remote server", async () => {
    expect(await waitFor(10 * limitMs, true, { waitsFor: "another server" })).toBe("nothing");
  });

  it("leaves no timer behind when its time is over", async () => {
    await makeDeadline(limitMs, () => true).run(() => Promise.resolve("done"), makeCaller());
    await jest.advanceTimersByTimeAsync(limitMs);
    expect(jest.getTimerCount()).toBe(0);
  });

  it("is never refused without a limit", async () => {
    const caller = makeCaller();
    expect(await makeDeadline(undefined, () => true).run(() => Promise.resolve("done"), caller)).toBe("done");
    expect(caller.gone).toBe(false);
  });
});
