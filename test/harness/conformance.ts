/** Checks responses against the OpenAPI spec of their contract or service. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { wiring } from "../../generated/wiring";
import { type CheckedResponse, mustConformTo } from "../../src/contract-suite/conformance";
import type { Spec } from "../../src/http/api";

const services = [
  "weavr-login",
  "weavr-step-up",
  "oauth2",
  "userinfo",
  "discovery",
  "health",
  "device-authorization",
  "recorder",
  "sandbox",
];

/**
 * Compares a response with what the spec declares for its status.
 * @throws Error that says what does not conform
 */
export function mustConform(response: CheckedResponse, contract: string, path: string, method = "post"): void {
  mustConformTo({ name: contract, spec: specOf(contract), path, method }, response);
}

function specOf(contract: string): Spec {
  const wired = wiring.find(({ name }) => name === contract);
  if (wired !== undefined) return wired.spec;
  if (!services.includes(contract)) throw new Error(`there is no contract ${contract}`);
  const read = serviceSpecs.get(contract) ?? (JSON.parse(readFileSync(join(servicesFolder, `${contract}.json`), "utf8")) as Spec);
  serviceSpecs.set(contract, read);
  return read;
}

const servicesFolder = join(__dirname, "..", "..", "generated", "services");
const serviceSpecs = new Map<string, Spec>();
