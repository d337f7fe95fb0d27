import type { JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { longestTokenSeconds } from "../engine/lifetimes";
import {
  type AssertionAlgorithm,
  assertionAlgorithms,
  type AuthMethod,
  authMethods,
  type ServiceName,
  serviceNames,
} from "../engine/client";
import type { GrantType } from "../engine/grant-request";
import { grantTypes } from "../engine/grants";
import type { Registration } from "../registration/registration";
import { addCertificateOptions, certificateIn, type CertificateOptions } from "./certificate-options";
import { CommandError } from "./errors";
import {
  collectClaims,
  type Claims,
  omitUndefined,
  parseJson,
  collectValues,
  makeChoiceCollector,
  collectScopes,
  UnstorableJsonError,
  makeNumberParser,
} from "./options";

/** What `client create` was given. */
export interface CreateClientOptions extends CertificateOptions {
  contract?: readonly string[];
  service?: readonly ServiceName[];
  name?: string;
  id?: string;
  scope?: readonly string[];
  grant?: readonly GrantType[];
  authMethod?: readonly AuthMethod[];
  jwks?: string;
  redirectUri?: readonly string[];
  claim?: Claims;
  lifetime?: number;
  assertionAlg?: readonly AssertionAlgorithm[];
}

/** The options of `client create`. What is left out comes from the contracts' policies. */
export function addCreateOptions(command: Command): Command {
  command
    .option("--contract <contract>", "a contract the client may use; repeatable", collectValues)
    .option("--service <service>", `a supporting API it may use: ${serviceNames.join(", ")}; repeatable`, makeChoiceCollector(serviceNames))
    .option("--name <name>", "what people call it")
    .option("--id <id>", "an id of your choice; a random one otherwise")
    .option("--scope <scopes>", "the scopes it may ask for, separated by spaces", collectScopes)
    .option(
      "--grant <grant>",
      `${grantTypes.join(", ")}; repeatable; otherwise all that its contracts offer, those for people only with a redirect URI`,
      makeChoiceCollector(grantTypes),
    )
    .option(
      "--auth-method <method>",
      `${authMethods.join(", ")}; repeatable; its contract's own otherwise`,
      makeChoiceCollector(authMethods),
    )
    .option(
      "--jwks <file|url>",
      "its public keys, for private_key_jwt or self_signed_tls_client_auth: a file with a JWK set or one JWK, or where to fetch the set",
    )
    .option("--redirect-uri <uri>", "where people may be sent back to, to the letter, for authorization_code; repeatable", collectValues)
    .option(
      "--claim <name=value>",
      "a claim of its tokens; the value is JSON if it parses as JSON, else a string; repeatable",
      collectClaims,
    )
    .option("--lifetime <seconds>", "seconds its tokens live; its contract's own otherwise", makeNumberParser(1, longestTokenSeconds))
    .option(
      "--assertion-alg <algorithm>",
      `${assertionAlgorithms.join(", ")}; repeatable; PS256 and ES256 otherwise`,
      makeChoiceCollector(assertionAlgorithms),
    );
  return addCertificateOptions(command);
}

/** @throws CommandError if the JWKS file is none, or the certificate must say several things */
export function registrationOf(options: CreateClientOptions): Registration {
  const { contract = [], service, name, id, scope, grant, authMethod, jwks, claim: claims, lifetime, assertionAlg, redirectUri } = options;
  return {
    contracts: contract,
    ...omitUndefined({ services: service, name, id, scopes: scope, grants: grant, authMethods: authMethod, claims }),
    ...omitUndefined({ lifetimeSeconds: lifetime, assertionAlgorithms: assertionAlg, redirectUris: redirectUri }),
    ...(jwks === undefined ? {} : keysOf(jwks)),
    ...certificateIn(options),
  };
}

function keysOf(source: string): Pick<Registration, "jwks" | "jwksUri"> {
  return /^https?:/i.test(source) ? { jwksUri: source } : { jwks: keysIn(source) };
}

/** A file `{"keys":[…]}` (RFC 7517 §5) or a single key. Whether the keys are good ones is for the registry to say. */
function keysIn(file: string): JsonWebKey[] {
  const content = contentOf(file);
  const keys: unknown = isObject(content) && "keys" in content ? content.keys : [content];
  if (Array.isArray(keys) && keys.every((key) => isObject(key) && typeof key.kty === "string")) return keys as JsonWebKey[];
  throw new CommandError("usage", `${file} is neither a JWK set, {"keys":[…]}, nor a single JWK`);
}

function contentOf(file: string): unknown {
  try {
    return parseJson(readFileSync(file, "utf8"));
  } catch (cause) {
    const isJsonTrouble = cause instanceof SyntaxError || cause instanceof UnstorableJsonError;
    throw new CommandError("usage", isJsonTrouble ? `${file} is not JSON that can be kept` : `the JWKS file ${file} cannot be read`, cause);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
