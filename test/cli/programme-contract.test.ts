import { chooseContract } from "../../src/cli/programme";
import type { ContractPolicy } from "../../src/engine/policy";
import { wiring } from "../../generated/wiring";

describe("the contract of a new programme", () => {
  const policies = new Map(wiring.map(({ name, policy }) => [name, policy]));
  const [first, ...others] = [...policies].filter(([, { authMethods }]) => authMethods.includes("api_key"));
  const [name, policy] = first ?? ["", undefined];
  const two = new Map<string, ContractPolicy>([...policies, ...(policy === undefined ? [] : [["twin", policy] as const])]);

  it("is the one contract whose clients have API keys", () => {
    expect(others).toEqual([]);
    expect(chooseContract(policies)).toBe(name);
    expect(chooseContract(policies, name)).toBe(name);
  });

  it("must be named where two contracts have programmes", () => {
    expect(() => chooseContract(two)).toThrow(`those with programmes: ${name}, twin`);
    expect(chooseContract(two, "twin")).toBe("twin");
    expect(chooseContract(two, name)).toBe(name);
  });

  it("cannot be a contract without programmes, nor one that does not exist", () => {
    const [without] = [...policies.keys()].filter((each) => each !== name);
    for (const wanted of [without, "sixth"])
      expect(() => chooseContract(two, wanted)).toThrow(`there is no contract ${wanted ?? ""} with programmes`);
    expect(() => chooseContract(new Map())).toThrow("no contract has programmes");
  });
});
