/** `polymint sandbox`: arming, listing and clearing faults beside a server. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { rememberSandbox } from "../../src/process/sandbox-memory";
import { makeExchangeStore } from "../../src/store/sandbox/exchanges";
import { openOwnCommands, type OwnCommands } from "./own-commands";

let commands: OwnCommands;
beforeAll(async () => {
  commands = await openOwnCommands();
});
afterAll(() => commands.close());

interface Failure {
  error: { code: string; message: string };
}

async function fail(...args: string[]): Promise<{ exit: number | null } & Failure["error"]> {
  const { code, stderr } = await commands.run(["sandbox", ...args, "--json"]);
  return { exit: code, ...(JSON.parse(stderr) as Failure).error };
}

interface Page {
  faults?: object[];
  requests?: { id: number; contract: string }[];
  next: string | null;
}

jest.setTimeout(60_000);

describe("polymint sandbox", () => {
  it("arms nothing where no server has the sandbox, and says how to start one", async () => {
    await rememberSandbox(commands.backing.database, false);
    const { exit, code, message } = await fail("arm", "abbeycross", "--status", "503");
    expect({ exit, code }).toEqual({ exit: 4, code: "conflict" });
    expect(message).toContain("has no sandbox, so no request would meet this; start one with `polymint serve --sandbox`");
  });

  it("arms, lists and clears faults, for people and for programs", async () => {
    await rememberSandbox(commands.backing.database, true);
    const words = ["--refusal", "throttled", "--times", "2", "--delay", "2s", "--retry-after", "30", "--client", "acme"];
    const { stdout } = await commands.run(["sandbox", "arm", "abbeycross", ...words]);
    const does = "waits 2000 ms; is refused as throttled; may try again after 30 s";
    expect(stdout).toBe(`Armed at abbeycross: each of the next 2 requests of client acme ${does}.\n`);
    const spoilt = ["--clock", "-30m", "--claims", '{"aud":null}', "--truncate", "--bad-signature", "--wrong-kid", "--expired"];
    expect(await commands.json(["sandbox", "arm", "raidiam", ...spoilt])).toEqual({
      ...{ contract: "raidiam", clock_seconds: -1800, claims: { aud: null }, drop: "truncate" },
      ...{ bad_signature: true, wrong_kid: true, expired: true },
    });
    const { faults } = await commands.json<{ faults: object[] }>(["sandbox", "list"]);
    expect(faults).toMatchObject([
      { contract: "abbeycross", times: 2, armed_at: expect.stringMatching(/Z$/) as string },
      { contract: "raidiam" },
    ]);
    const first = await commands.json<Page>(["sandbox", "list", "--limit", "1"]);
    const second = await commands.json<Page>(["sandbox", "list", "--limit", "1", "--after", String(first.next)]);
    expect([...(first.faults ?? []), ...(second.faults ?? []), second.next]).toEqual([...faults, null]);
    expect(await commands.json(["sandbox", "clear", "raidiam"])).toEqual({ cleared: 1 });
    expect((await commands.run(["sandbox", "clear"])).stdout).toBe("1 fault is cleared.\n");
  });

  it.each<[string, string[], string]>([
    [
      "a status that the contract does not have",
      ["arm", "abbeycross", "--status", "402"],
      "No request at abbeycross can be refused with 402; there are 404",
    ],
    ["an unknown contract", ["clear", "nowhere"], "There is no contract or service nowhere; there are abbeycross"],
    ["a time without a sign", ["arm", "abbeycross", "--clock", "2h"], "It is a time with its sign"],
  ])("answers %s with exit code 2 and what to do", async (_what, args, sentence) => {
    expect(await fail(...args)).toMatchObject({ exit: 2, code: "usage", message: expect.stringContaining(sentence) as string });
  });
});

describe("polymint sandbox requests", () => {
  const addRequests = (...contracts: string[]) =>
    makeExchangeStore(commands.backing.database).add(
      contracts.map((contract, index) => ({
        ...{ at: Date.UTC(2026, 10, 28, 12, 0, index), contract, clientId: index === 0 ? null : "acme" },
        exchange: { operation: "issue", method: "POST", path: "/token", status: 429, refusal: "throttled", durationMs: 3 },
      })),
    );
  const list = (...args: string[]) => commands.json<Page>(["sandbox", "requests", ...args]);

  it("shows the newest, of a contract or a client, and goes on after one that was seen", async () => {
    expect((await commands.run(["sandbox", "requests"])).stdout).toBe("There are no such requests.\n");
    await addRequests("abbeycross", "raidiam", "abbeycross");
    const { requests = [], next } = await list();
    expect([requests.map(({ contract }) => contract), next]).toEqual([["abbeycross", "raidiam", "abbeycross"], null]);
    expect((await list("--limit", "1")).requests).toEqual(requests.slice(2));
    expect((await list("--contract", "raidiam")).requests).toEqual(requests.slice(1, 2));
    expect((await list("--client", "acme")).requests).toEqual(requests.slice(1));
    const page = await list("--after", "0", "--limit", "2");
    expect(page).toEqual({ requests: requests.slice(0, 2), next: String(requests[1]?.id) });
    expect(await list("--after", String(page.next))).toEqual({ requests: requests.slice(2), next: null });
    const { stdout } = await commands.run(["sandbox", "requests", "--limit", "1"]);
    expect(stdout).toMatch(/^ID +TIME .*\n\d+ +2026-11-28T12:00:02.000Z +abbeycross +acme +POST \/token +429 +throttled +3\n$/);
  });

  it("prints with --follow those that come, a line each, until a signal ends it", async () => {
    const child = commands.start(["sandbox", "requests", "--follow", "--limit", "1", "--json"]);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const readLine = async () => JSON.parse((await lines.next()).value as string) as { contract: string };
    expect(await readLine()).toMatchObject({ contract: "abbeycross" });
    await addRequests("weavr", "firstvision");
    expect([await readLine(), await readLine()]).toMatchObject([{ contract: "weavr" }, { contract: "firstvision" }]);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
