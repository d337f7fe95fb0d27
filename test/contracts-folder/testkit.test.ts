import request from "supertest";
import { wiring as builtIn } from "../../generated/wiring";
import type { WiredContract } from "../../src/contracts/wire";
import { startPolymint, type TestPolymint } from "../../src/testkit";

/** Makes a contract of another name, with a path and a demo client of its own, that behaves like a built-in one. */
function copyContract({ demo, spec, ...contract }: WiredContract, name: string): WiredContract {
  const [item] = Object.values(spec.paths) as unknown[];
  return {
    ...contract,
    name,
    spec: { ...spec, paths: { [`/${name}/token`]: item } },
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
    const { clientId = "", secret = "" } = polymint.clients.harbour ?? {};
    const [scope = ""] = harbour.demo.client.scopes;
    const { url } = await polymint.startAnother();
    for (const each of [polymint.url, url]) {
      const response = await request(each).post(`/harbour/token?scope=${scope}`).auth(clientId, secret).expect(200);
      expect(response.body).toHaveProperty("access_token");
    }
    expect(Object.keys(polymint.clients)).toEqual([...builtIn.map(({ name }) => name), "harbour"]);
  });

  it("refuses one that has the name of a built-in contract", async () => {
    await expect(startPolymint({ wiring: [copyContract(second, first.name)] })).rejects.toThrow(
      `there is a contract ${first.name} already`,
    );
  });
});
