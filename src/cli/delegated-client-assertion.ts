import type { Command } from "commander";
import { makeNumberParser } from "./options";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { formatAssertion, signClaims } from "./sign-claims";

interface DelegateAssertionOptions {
  key: string;
  identity: string;
  lifetime: number;
}

/** Seconds: a server takes no assertion of a delegated client that lives longer. */
const longestLifetime = 300;

/** `polymint delegated-client assertion` */
export function addDelegateAssertion(delegate: Command): void {
  const command = delegate
    .command("assertion")
    .description("print a fresh assertion, with which a delegated client acts for an identity once; needs no server or database")
    .argument("<id>", "the delegated client: iss")
    .requiredOption("--key <file>", "the private key of its certificate, PEM or JWK")
    .requiredOption("--identity <id>", "whom it acts for: sub")
    .option("--lifetime <seconds>", "seconds until it expires", makeNumberParser(1, longestLifetime), 60)
    .action(makeAction(printAssertion));
  const example = "delegated-client assertion payroll --key payroll.key.pem --identity 406211845231877120";
  addExamples(command, example, `${example} --lifetime 300 --json`);
}

/** The claims have no `aud`: a server refuses an assertion with one, as made for another purpose. */
async function printAssertion(id: string, { identity, ...options }: DelegateAssertionOptions): Promise<CommandOutput> {
  return formatAssertion(await signClaims({ iss: id, sub: identity }, { ...options, alg: "RS256" }, Date.now()));
}
