import type { DemoFacts } from "../contracts/demo";
import type { WiredContract } from "../contracts/wire";
import { type DemoKeepsake, demoKeyFile } from "./demo-seed";

export interface BannerFacts {
  url: string;
  issuer: string;
  folder: string;
  /** Shell words that run our command line from anywhere. */
  polymint: string;
}

/** What a newcomer reads after `make run`: a curl per contract, ready to paste. */
export function banner(contracts: readonly WiredContract[], keepsake: DemoKeepsake, facts: BannerFacts): string {
  const curls = contracts.flatMap((contract) => {
    return [`# ${contract.name}`, contract.demo.curl(factsFor(contract.demo.client.id, keepsake, facts)), ""];
  });
  const flows = contracts.flatMap(({ name, demo: { withPerson } }) =>
    withPerson === undefined
      ? []
      : [`# ${name}, ${withPerson.title}`, withPerson.steps(factsFor(withPerson.client.id, keepsake, facts)), ""],
  );
  return [
    `Polymint serves ${contracts.length} contracts at ${facts.url}`,
    `Key set:  curl -sS ${facts.url}/.well-known/jwks.json`,
    "",
    "A token from each, ready to paste into another terminal:",
    "",
    ...curls,
    ...(flows.length === 0 ? [] : ["Where a person takes part:", "", ...flows]),
    "Ctrl-C stops the server.",
    "",
  ].join("\n");
}

function factsFor(clientId: string, keepsake: DemoKeepsake, facts: BannerFacts): DemoFacts {
  const user = keepsake.user ?? { email: "", password: "", identityId: "" };
  return {
    url: facts.url,
    issuer: facts.issuer,
    clientId,
    secret: keepsake.secrets[clientId] ?? "",
    polymint: facts.polymint,
    keyFile: demoKeyFile(facts.folder, clientId),
    person: keepsake.person ?? { email: "", password: "" },
    user: { ...user, identityType: "CORPORATE" },
  };
}
