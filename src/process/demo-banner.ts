import { callbackPath, type PersonDemoFacts, quoteForShell, toOwnRedirectUri } from "../contracts/demo";
import type { WiredContract } from "../contracts/wire";
import { makeCurlFormat } from "./demo-curl";
import { type DemoCredentials, getDemoKeyFile } from "./demo-seed";
import { quoteWord } from "./shell-word";

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
export async function formatBanner(contracts: readonly WiredContract[], credentials: DemoCredentials, facts: BannerFacts): Promise<string> {
  const curls: string[] = [];
  for (const contract of contracts) curls.push(`# ${contract.name}`, await formatDemoCurl(contract, credentials, facts), "");
  const flows = contracts.flatMap(({ name, demo: { withPerson } }) =>
    withPerson === undefined
      ? []
      : [`# ${name}, ${withPerson.title}`, withPerson.steps(makePersonFacts(withPerson.client.id, credentials, facts)), ""],
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

function makePersonFacts(clientId: string, credentials: DemoCredentials, { url, issuer }: BannerFacts): PersonDemoFacts {
  const { secrets, person = { email: "", password: "" } } = credentials;
  return { url, clientId, secret: secrets[clientId] ?? "", person, callback: toOwnRedirectUri(callbackPath, issuer) };
}

async function formatDemoCurl({ demo }: WiredContract, credentials: DemoCredentials, facts: BannerFacts): Promise<string> {
  const format = makeCurlFormat();
  const { url, issuer, polymint, folder } = facts;
  const { id } = demo.client;
  const own = makePersonFacts(id, credentials, facts);
  const user = credentials.user ?? { email: "", password: "", identityId: "" };
  const request = await demo.request({
    ...own,
    issuer,
    user: { ...user, identityType: "CORPORATE" },
    assertion: (audience) => {
      const options = { "client-id": id, key: getDemoKeyFile(folder, id), audience };
      return format.substitute(`${polymint} assertion ${formatCommandOptions(options)}`);
    },
    code: ({ redirectUri, scope, codeVerifier }) => {
      const person = own.person.email;
      const options = { "client-id": id, person, "redirect-uri": redirectUri, scope, "code-verifier": codeVerifier };
      // The settings of this server are in its data folder: some are secrets, and another terminal has none of them.
      const command = `POLYMINT_DATA=${quoteWord(folder)} ${polymint} authorization-code create --demo`;
      return format.substitute(`${command} ${formatCommandOptions(options)}`);
    },
    readAnswer: (before, member) => {
      const print = `node -pe ${quoteForShell(`JSON.parse(require("fs").readFileSync(0))[${JSON.stringify(member)}]`)}`;
      return format.substitute(`${format.formatCurl(url, before, " ")} | ${print}`);
    },
  });
  return format.formatCurl(url, request);
}

function formatCommandOptions(options: Readonly<Record<string, string>>): string {
  return Object.entries(options)
    .map(([name, value]) => `--${name} ${quoteWord(value)}`)
    .join(" ");
}
