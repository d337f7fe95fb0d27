import type { DemoFacts } from "../contracts/demo";
import type { WiredContract } from "../contracts/wire";
import { type DemoCredentials, getDemoKeyFile } from "./demo-seed";

export interface BannerFacts {
  url: string;
  /** A shell word: the file of the certificate that the commands must trust, if the URL is an https one. */
  certificate?: string;
  issuer: string;
  folder: string;
  /** Shell words that run the `polymint` command from any folder. */
  polymint: string;
}

/** Formats the text that `make run` prints: one curl per contract that works when it is pasted. */
export function formatBanner(contracts: readonly WiredContract[], credentials: DemoCredentials, facts: BannerFacts): string {
  const curls = contracts.flatMap((contract) => {
    return [`# ${contract.name}`, contract.demo.curl(makeDemoFacts(contract.demo.client.id, credentials, facts)), ""];
  });
  const flows = contracts.flatMap(({ name, demo: { withPerson } }) =>
    withPerson === undefined
      ? []
      : [`# ${name}, ${withPerson.title}`, withPerson.steps(makeDemoFacts(withPerson.client.id, credentials, facts)), ""],
  );
  return [
    `Polymint serves ${contracts.length} contracts at ${facts.url}`,
    `Key set:  curl -sS ${facts.url}/.well-known/jwks.json`,
    ...(facts.certificate === undefined
      ? []
      : ["", "First, let curl trust the server's certificate:", `export CURL_CA_BUNDLE=${facts.certificate}`]),
    "",
    "A token from each, ready to paste into another terminal:",
    "",
    ...curls,
    ...(flows.length === 0 ? [] : ["Where a person takes part:", "", ...flows]),
    "Ctrl-C stops the server.",
    "",
  ].join("\n");
}

function makeDemoFacts(clientId: string, credentials: DemoCredentials, facts: BannerFacts): DemoFacts {
  const user = credentials.user ?? { email: "", password: "", identityId: "" };
  return {
    url: facts.url,
    issuer: facts.issuer,
    clientId,
    secret: credentials.secrets[clientId] ?? "",
    polymint: facts.polymint,
    keyFile: getDemoKeyFile(facts.folder, clientId),
    person: credentials.person ?? { email: "", password: "" },
    user: { ...user, identityType: "CORPORATE" },
  };
}
