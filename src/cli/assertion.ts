import { createPrivateKey, type JsonWebKey, type KeyObject, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { type AssertionAlgorithm, assertionAlgorithms } from "../engine/client";
import { CommandError } from "./errors";
import { addExamples, type CommandOutput, formatTime, makeAction } from "./output";
import { makeChoiceParser, makeNumberParser } from "./options";

interface AssertionOptions {
  clientId: string;
  key: string;
  audience: string;
  alg?: AssertionAlgorithm;
  lifetime: number;
  kid?: string;
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
    .action(makeAction(signAssertion));
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

async function signAssertion(options: AssertionOptions): Promise<CommandOutput> {
  const { key, jwk } = readKey(options.key);
  const algorithm = options.alg ?? chooseAlgorithm(key, jwk);
  const kid = options.kid ?? jwk.kid;
  const issuedAt = Math.floor(Date.now() / 1000);
  const expiresAt = issuedAt + options.lifetime;
  const claims = { iss: options.clientId, sub: options.clientId, aud: options.audience, jti: randomUUID(), iat: issuedAt, exp: expiresAt };
  const { default: jwt } = await import("jsonwebtoken");
  const header = { alg: algorithm, typ: "JWT", ...(typeof kid === "string" ? { kid } : {}) };
  const signed = attempt(
    () => jwt.sign(claims, key, { algorithm, header }),
    `the key in ${options.key} does not fit ${algorithm}: RSA needs 2048 bits or more, EC the curve P-256`,
  );
  const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  return { json: { client_assertion: signed, client_assertion_type: type, expires_at: formatTime(expiresAt) }, text: signed };
}

function readKey(file: string): { key: KeyObject; jwk: JsonWebKey } {
  const text = attempt(() => readFileSync(file, "utf8"), `the key file ${file} cannot be read`);
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    throw new CommandError("usage", `the key in ${file} has a passphrase; remove it with: openssl pkey -in ${file} -out plain.pem`);
  }
  const otherwise = `${file} holds no private key in PEM or JWK form`;
  if (!text.trimStart().startsWith("{")) return { key: attempt(() => createPrivateKey(text), otherwise), jwk: {} };
  const jwk = attempt(() => JSON.parse(text) as JsonWebKey, otherwise);
  return { key: attempt(() => createPrivateKey({ key: jwk, format: "jwk" }), otherwise), jwk };
}

function chooseAlgorithm(key: KeyObject, jwk: JsonWebKey): AssertionAlgorithm {
  const named = assertionAlgorithms.find((algorithm) => algorithm === jwk.alg);
  return named ?? (key.asymmetricKeyType === "ec" ? "ES256" : "PS256");
}

/** @param otherwise the message of the error if the work throws @throws CommandError */
function attempt<T>(work: () => T, otherwise: string): T {
  try {
    return work();
  } catch (cause) {
    throw new CommandError("usage", otherwise, cause);
  }
}
