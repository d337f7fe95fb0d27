import { type Command, InvalidArgumentError } from "commander";
import { assertionAlgorithms } from "../engine/client";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { makeChoiceParser, makeNumberParser } from "./options";
import { formatAssertion, type SigningOptions, signClaims } from "./sign-claims";

interface AssertionOptions extends SigningOptions {
  clientId: string;
  audience: string;
}

/** `polymint assertion` */
export function addAssertion(program: Command): void {
  const command = program
    .command("assertion")
    .description("print a fresh client assertion (RFC 7523) for private_key_jwt; needs no server, database or configuration")
    .requiredOption("--client-id <id>", "iss and sub")
    .requiredOption("--key <file>", "private key, PEM or JWK")
    .requiredOption("--audience <url>", "aud: the server's issuer, or the token endpoint", parseUrl)
    .option(
      "--alg <algorithm>",
      `one of ${assertionAlgorithms.join(", ")}; otherwise what the key says, else PS256 for RSA and ES256 for EC`,
      makeChoiceParser(assertionAlgorithms),
    )
    .option(
      "--lifetime <seconds>",
      "seconds until it expires; a server takes ASSERTION_MAX_SECONDS at most",
      makeNumberParser(1, 86_400),
      60,
    )
    .option("--kid <kid>", "id of the key in the client's JWKS; otherwise the JWK's own, else none")
    .action(makeAction(printAssertion));
  addExamples(
    command,
    "assertion --client-id acme --key acme.pem --audience http://localhost:3000",
    "assertion --client-id acme --key acme.jwk --audience https://tokens.example/token --alg PS256 --lifetime 30 --json",
  );
}

function parseUrl(value: string): string {
  if (URL.canParse(value)) return value;
  throw new InvalidArgumentError("It is a URL.");
}

async function printAssertion({ clientId, audience, ...options }: AssertionOptions): Promise<CommandOutput> {
  const signed = await signClaims({ iss: clientId, sub: clientId, aud: audience }, options, Date.now());
  return formatAssertion(signed, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
}
