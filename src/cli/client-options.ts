import type { JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { assertionAlgorithms, authMethods, idTokenAlgorithms, longestTokenSeconds, serviceNames, type TlsSubject } from "../engine/client";
import { grantTypes } from "../engine/grants";
import type { Registration } from "../registration/registration";
import { CommandError } from "./errors";
import {
  collectClaims,
  collectScopes,
  collectValues,
  makeChoiceCollector,
  makeChoiceParser,
  makeNumberParser,
  parseJson,
  UnstorableJsonError,
} from "./options";

/** The parsed options of `client create` and `client update`, by commander's names for them. */
export type ClientOptionValues = Readonly<Record<string, unknown>>;

/** An option of these commands, and the fields of the registration that its parsed value sets. */
interface ClientOption {
  option: Option;
  toFields(value: unknown): Partial<Registration>;
}

type FieldValue<Field extends keyof Registration> = NonNullable<Registration[Field]>;

/** Makes the option of one field, whose value is what `parse` returns. */
function makeFieldOption<Field extends keyof Registration>(
  field: Field,
  flags: string,
  description: string,
  parse: (value: string, previous?: FieldValue<Field>) => FieldValue<Field>,
): ClientOption {
  // After `--no-…` the value is false, and the next one begins anew.
  const parseNext = (value: string, previous?: FieldValue<Field> | false) => parse(value, previous === false ? undefined : previous);
  return { option: new Option(flags, description).argParser(parseNext), toFields: (value) => ({ [field]: value }) };
}

/** Makes an option for the subject of a client's certificate (RFC 8705 §2.1.2). */
function makeSubjectOption(kind: TlsSubject["kind"], flags: string, description: string): ClientOption {
  return { option: new Option(flags, description), toFields: (value) => ({ tlsSubject: { kind, value: String(value) } }) };
}

/** Options that say what the client's certificate must contain. They exclude each other. */
const subjectOptions: readonly ClientOption[] = [
  makeSubjectOption(
    "subject_dn",
    "--tls-subject-dn <dn>",
    "tls_client_auth: the subject of its certificate, as `openssl x509 -noout -subject -nameopt RFC2253` writes it",
  ),
  makeSubjectOption("san_dns", "--tls-san-dns <name>", "tls_client_auth: a DNS name of its certificate, in place of the subject"),
  makeSubjectOption("san_uri", "--tls-san-uri <uri>", "tls_client_auth: a URI of its certificate, in place of the subject"),
  makeSubjectOption("san_ip", "--tls-san-ip <address>", "tls_client_auth: an IP address of its certificate, in place of the subject"),
  makeSubjectOption(
    "san_email",
    "--tls-san-email <address>",
    "tls_client_auth: an email address of its certificate, in place of the subject",
  ),
];

/** All options of `client create`, in the order of its help; `client update` has most of them. Each sets its own field of the registration. */
const clientOptions: readonly ClientOption[] = [
  makeFieldOption("contracts", "--contract <contract>", "a contract the client may use; repeatable", collectValues),
  makeFieldOption(
    "services",
    "--service <service>",
    `a supporting API it may use: ${serviceNames.join(", ")}; repeatable; every client may revoke its own tokens`,
    makeChoiceCollector(serviceNames),
  ),
  makeFieldOption("name", "--name <name>", "what people call it", String),
  makeFieldOption(
    "id",
    "--id <id>",
    "an id of your choice, no person's or user's, and without a colon if it authenticates by Basic; a random one otherwise",
    String,
  ),
  makeFieldOption("scopes", "--scope <scopes>", "the scopes it may ask for, separated by spaces", collectScopes),
  makeFieldOption(
    "grants",
    "--grant <grant>",
    `${grantTypes.join(", ")}; repeatable; otherwise all that its contracts offer, those for people only with a redirect URI`,
    makeChoiceCollector(grantTypes),
  ),
  makeFieldOption(
    "authMethods",
    "--auth-method <method>",
    `${authMethods.join(", ")}; repeatable; its contract's own otherwise`,
    makeChoiceCollector(authMethods),
  ),
  {
    option: new Option(
      "--jwks <file|url>",
      "its public keys, for private_key_jwt or self_signed_tls_client_auth: a file with a JWK set or one JWK, or where to fetch the set",
    ),
    toFields: (value) => toKeyFields(String(value)),
  },
  makeFieldOption(
    "redirectUris",
    "--redirect-uri <uri>",
    "where people may be sent back to, to the letter, for authorization_code; repeatable",
    collectValues,
  ),
  makeFieldOption(
    "origins",
    "--origin <origin>",
    "an origin, such as https://app.example, whose web pages may call the server as this client and read the answers (CORS); repeatable",
    collectValues,
  ),
  makeFieldOption(
    "claims",
    "--claim <name=value>",
    "a claim of its tokens, none that would read as a person's; the value is JSON if it parses as JSON, else a string; repeatable",
    collectClaims,
  ),
  makeFieldOption(
    "lifetimeSeconds",
    "--lifetime <seconds>",
    "seconds its tokens live; its contract's own otherwise",
    makeNumberParser(1, longestTokenSeconds),
  ),
  makeFieldOption(
    "assertionAlgorithms",
    "--assertion-alg <algorithm>",
    `${assertionAlgorithms.join(", ")}; repeatable; PS256 and ES256 otherwise`,
    makeChoiceCollector(assertionAlgorithms),
  ),
  makeFieldOption(
    "idTokenAlgorithm",
    "--id-token-alg <algorithm>",
    "what its id_tokens are signed with: RS256, or the algorithm of its contract's access tokens; RS256 otherwise",
    makeChoiceParser(idTokenAlgorithms),
  ),
  ...subjectOptions,
  {
    option: new Option("--certificate-bound-tokens", "bind its tokens to the certificate it connects with, however it proves itself"),
    toFields: () => ({ certificateBoundTokens: true }),
  },
];

/** @param left attribute names of options that the command does not have */
export function addClientOptions(command: Command, left: readonly string[] = []): Command {
  for (const { option } of clientOptions) if (!left.includes(option.attributeName())) command.addOption(option);
  return command;
}

/** @throws CommandError for a file without a JWKS, and for more than one subject of the client's certificate */
export function readRegistration(values: ClientOptionValues): Registration {
  return { contracts: [], ...readFields(values) };
}

/** Reads the fields whose options are given; those of a `--no-…` are not. @throws CommandError as `readRegistration` */
export function readFields(values: ClientOptionValues): Partial<Registration> {
  const valueOf = ({ option }: ClientOption): unknown => values[option.attributeName()];
  const isGiven = (option: ClientOption): boolean => valueOf(option) !== undefined && valueOf(option) !== false;
  if (subjectOptions.filter(isGiven).length > 1)
    throw new CommandError("usage", "give one of the --tls-… options only: a client is known by one name in its certificate");
  return Object.assign({}, ...clientOptions.filter(isGiven).map((option) => option.toFields(valueOf(option)))) as Partial<Registration>;
}

function toKeyFields(source: string): Pick<Registration, "jwks" | "jwksUri"> {
  return /^https?:/i.test(source) ? { jwksUri: source } : { jwks: readKeys(source) };
}

/** Reads a file `{"keys":[…]}` (RFC 7517 §5) or a single key. The rules of registration check the keys themselves. */
function readKeys(file: string): JsonWebKey[] {
  const content = readJsonFile(file);
  const isSet = isObject(content) && "keys" in content;
  const keys: unknown = isSet ? content.keys : [content];
  if (Array.isArray(keys) && keys.every((key) => isObject(key) && (isSet || typeof key.kty === "string"))) return keys as JsonWebKey[];
  throw new CommandError("usage", `${file} is neither a JWK set, {"keys":[…]}, nor a single JWK`);
}

function readJsonFile(file: string): unknown {
  try {
    return parseJson(readFileSync(file, "utf8"));
  } catch (cause) {
    const isBadJson = cause instanceof SyntaxError || cause instanceof UnstorableJsonError;
    throw new CommandError(
      "usage",
      isBadJson ? `${file} is not JSON, or has a number or a text that cannot be stored` : `the JWKS file ${file} cannot be read`,
      cause,
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
