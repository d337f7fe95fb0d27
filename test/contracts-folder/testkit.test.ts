import { wiring as builtIn } from "../../generated/wiring";
import type { WiredContract } from "../../src/contracts/wire";
import { everyContract } from "../../src/contract-suite";
import { startPolymint, type TestPolymint } from "../../src/testkit";

/** Makes a contract of another name, with an address and a demo client of its own, that behaves like a built-in one. */
function copyContract({ demo, policy, ...contract }: WiredContract, name: string): WiredContract {
  return {
    ...contract,
    name,
    policy: { ...policy, prefix: `/${name}` },
    demo: { ...demo, client: { ...demo.client, id: `demo-${name}` } },
  };
}

const [first, second] = builtIn;
if (first === undefined || second === undefined) throw new Error("there are no built-in contracts");
const harbour = copyContract(second, "harbour");

describe("the test kit with contracts of another folder", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ wiring: [harbour] });
  });
  afterAll(() => polymint.stop());

  it("serves them on every server of the suite, with a client for each, beside the built-in ones", async () => {
    const { url } = await polymint.startAnother();
    for (const each of [polymint.url, url]) {
      const { path, headers, body } = await polymint.makeDemoRequest("harbour");
      expect(path).toMatch(/^\/harbour\//);
      const response = await fetch(each + path, { method: "POST", headers, ...(body === undefined ? {} : { body }) });
      expect(await response.json()).toHaveProperty("access_token");
    }
    expect(Object.keys(polymint.clients)).toEqual([...builtIn.map(({ name }) => name), "harbour"]);
  });

  it("refuses one that has the name of a built-in contract", async () => {
    await expect(startPolymint({ wiring: [copyContract(second, first.name)] })).rejects.toThrow(
      `there is a contract ${first.name} already`,
    );
  });
});

everyContract({ name: "harbour", wiring: [harbour] });
