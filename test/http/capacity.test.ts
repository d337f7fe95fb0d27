import { type Caller, makeCaller, waitForOtherServer } from "../../src/engine/caller";
import { makeCapacity } from "../../src/http/capacity";

/** @returns what two more requests get while as many as there is room for wait for another server */
async function askWhileOthersWait(wait: (caller: Caller, answer: Promise<string>) => Promise<string>): Promise<string[]> {
  const capacity = makeCapacity(2);
  let answer = (_text: string): void => undefined;
  const other = new Promise<string>((resolve) => (answer = resolve));
  const waiting = [makeCaller(), makeCaller()].map((caller) => capacity.run(() => wait(caller, other), caller));
  const ask = () => capacity.run(() => Promise.resolve("done"), makeCaller()).catch(String);
  const during = [await ask(), await ask()];
  answer("answered");
  return [...during, ...(await Promise.all(waiting))];
}

describe("the places of requests in progress", () => {
  it("are free for others while requests wait for another server", async () => {
    const found = await askWhileOthersWait((caller, answer) => waitForOtherServer(caller, () => answer));
    expect(found).toEqual(["done", "done", "answered", "answered"]);
  });

  it("(control) are not if requests wait without saying so", async () => {
    const full = "Refusal: too many operations in progress";
    expect(await askWhileOthersWait((_caller, answer) => answer)).toEqual([full, full, "answered", "answered"]);
  });

  it("are taken again after the wait, even if others have them meanwhile, and are all free in the end", async () => {
    const capacity = makeCapacity(1);
    const caller = makeCaller();
    const run = (work: () => Promise<string>, by = makeCaller()) => capacity.run(work, by);
    const found = await run(async () => {
      const other = await waitForOtherServer(caller, () => run(() => Promise.resolve("done")));
      const refused = await run(() => Promise.resolve("done")).catch(String);
      return [other, refused].join(", ");
    }, caller);
    expect(found).toBe("done, Refusal: too many operations in progress");
    expect(await run(() => Promise.reject(new Error("failed"))).catch(String)).toBe("Error: failed");
    expect(await run(() => Promise.resolve("done"))).toBe("done");
  });
});
