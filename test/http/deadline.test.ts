import { type Caller, newCaller } from "../../src/engine/caller";
import { Unavailable } from "../../src/engine/refusal";
import { makeDeadline } from "../../src/http/deadline";

const limitMs = 1_300;

/** What a request has been told after so many milliseconds, while its work does not end. */
async function toldAfter(ms: number, databaseKeepsWaiting: boolean, change: Partial<Caller> = {}): Promise<string> {
  const caller = { ...newCaller(), ...change };
  let told = "nothing";
  makeDeadline(limitMs, () => databaseKeepsWaiting)
    .run(() => new Promise(() => undefined), caller)
    .catch((reason: unknown) => (told = reason instanceof Unavailable ? reason.kind : String(reason)));
  await jest.advanceTimersByTimeAsync(ms);
  expect(caller.gone).toBe(told !== "nothing");
  return told;
}

describe("a request whose work does not end", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it("is given up at its deadline, if it is the database that keeps people waiting", async () => {
    expect(await toldAfter(limitMs - 1, true)).toBe("nothing");
    expect(await toldAfter(limitMs, true)).toBe("timed_out");
    expect(await toldAfter(10 * limitMs, false)).toBe("nothing");
  });

  it("gets a moment more for a commit, whose answer cannot be had again", async () => {
    expect(await toldAfter(limitMs + 100, true, { waitsFor: "a commit" })).toBe("nothing");
    expect(await toldAfter(1_500, true, { waitsFor: "a commit" })).toBe("timed_out");
  });

  it("is not given up while it is somebody else's server that it waits for", async () => {
    expect(await toldAfter(10 * limitMs, true, { waitsFor: "somebody else" })).toBe("nothing");
  });

  it("leaves no timer behind once its work ends", async () => {
    await makeDeadline(limitMs, () => true).run(() => Promise.resolve("done"), newCaller());
    expect(jest.getTimerCount()).toBe(0);
  });

  it("is never given up without a limit", async () => {
    const caller = newCaller();
    expect(await makeDeadline(undefined, () => true).run(() => Promise.resolve("done"), caller)).toBe("done");
    expect(caller.gone).toBe(false);
  });
});
