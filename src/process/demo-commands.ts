import { callbackPath, type PersonDemoFacts, quoteForShell, toOwnRedirectUri } from "../contracts/demo";
import type { WiredContract } from "../contracts/wire";
import type { DemoCommand } from "../front-door/options";
import { makeCurlFormat } from "./demo-curl";
import { type DemoCredentials, getDemoKeyFile } from "./demo-seed";
import { quoteWord } from "./shell-word";

/** Where a demonstration runs, for the commands that it shows. */
export interface DemoFacts {
  url: string;
  /** A shell word: the file of the certificate that the commands must trust, if the URL is an https one. */
  certificate?: string;
  issuer: string;
  folder: string;
  /** Shell words that run the `polymint` command from any folder. */
  polymint: string;
}

/** Lists the commands of each contract: one that gets a token and, where there is one, the flow in which a person takes part. */
export async function listDemoCommands(
  contracts: readonly WiredContract[],
  credentials: DemoCredentials,
  facts: DemoFacts,
): Promise<DemoCommand[]> {
  const commands: DemoCommand[] = [];
  for (const contract of contracts) {
    const { name, demo } = contract;
    commands.push({ contract: name, title: "a token", isFlow: false, text: await formatDemoCurl(contract, credentials, facts) });
    const { withPerson } = demo;
    if (withPerson === undefined) continue;
    const text = withPerson.steps(makePersonFacts(withPerson.client.id, credentials, facts));
    commands.push({ contract: name, title: withPerson.title, isFlow: true, text });
  }
  return commands;
}

function makePersonFacts(clientId: string, credentials: DemoCredentials, { url, issuer }: DemoFacts): PersonDemoFacts {
  const { secrets, person = { email: "", password: "" } } = credentials;
  return { url, clientId, secret: secrets[clientId] ?? "", person, callback: toOwnRedirectUri(callbackPath, issuer) };
}

async function formatDemoCurl({ demo }: WiredContract, credentials: DemoCredentials, facts: DemoFacts): Promise<string> {
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
