/** `polymint sandbox`: arming, listing and clearing faults beside a server. */
import { rememberSandbox } from "../../src/process/sandbox-memory";
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
    expect(stdout).toBe(`Armed at abbeycross of client acme, for the next 2 of its requests, each of which: ${does}.\n`);
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
