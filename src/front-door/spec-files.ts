import { toBaseUrl } from "../http/address";
import type { Refusal } from "../engine/refusal";
import type { Reply, Spec } from "../http/api";
import { listOperations } from "../http/operations";
import type { Exchange } from "../http/exchange";
import type { Page } from "../pages/framework/page";
import type { DoorContract, FrontDoorPorts } from "./ports";

/** A spec as clients see it: where this server answers, and under which name the pages know it. */
export interface PublishedSpec {
  name: string;
  kind: "contract" | "service";
  enabled: boolean;
  spec: Spec;
  /** What stands before the paths of the document, such as `/vendor`; empty for nothing. */
  prefix: string;
  /** Ids of the operations that the playground can call. */
  triable: ReadonlySet<string>;
  /** How it answers a refusal; undefined for services. */
  refuse: Refuse | undefined;
}

export type Refuse = (refusal: Refusal, exchange: Exchange) => Reply;

/** Lists the specs that requests are validated against, with the address of this server in each. */
export function listPublishedSpecs({ issuer, contracts, services }: FrontDoorPorts): PublishedSpec[] {
  return [
    ...contracts.map(({ contract: { name, spec, address, operations }, enabled }) => ({
      name,
      kind: "contract" as const,
      enabled,
      spec: { ...spec, servers: [{ url: toBaseUrl(address, issuer) }] },
      prefix: address.prefix,
      triable: new Set(enabled ? listOperations(spec).flatMap(({ id }) => (operations[id] === "left_out" ? [] : [id])) : []),
      refuse: findRefuse(operations),
    })),
    ...services.map(({ name, spec, enabled }) => ({
      name,
      kind: "service" as const,
      enabled,
      spec: { ...spec, servers: [{ url: issuer }] },
      prefix: "",
      triable: new Set(enabled ? listOperations(spec).map(({ id }) => id) : []),
      refuse: undefined,
    })),
  ];
}

function findRefuse(operations: DoorContract["contract"]["operations"]): Refuse | undefined {
  const issuing = Object.values(operations).find((operation) => typeof operation === "object");
  return issuing && ((refusal, exchange) => issuing.refuse(refusal, exchange));
}

/** @returns a relative reference to a spec */
export function linkToSpec(name: string, format: "json" | "yaml"): string {
  return `./openapi/${name}.${format}`;
}

/** Makes the files at `/openapi/`. The YAML is made on demand, so that a server that nobody asks never loads what makes it. */
export function makeSpecFiles(specs: readonly PublishedSpec[]): Page[] {
  const formats = [
    { ending: "json", type: "application/json; charset=utf-8", write: (spec: Spec) => Promise.resolve(JSON.stringify(spec, null, 2)) },
    // RFC 9512 §2.1
    { ending: "yaml", type: "application/yaml; charset=utf-8", write: writeYaml },
  ];
  return specs.flatMap(({ name, spec }) =>
    formats.map(({ ending, type, write }): Page => ({
      path: `/openapi/${name}.${ending}`,
      isFile: true,
      readableFrom: "every origin",
      enabled: true,
      get: async () => ({ file: Buffer.from(await write(spec)), type, headers: { "Cache-Control": "no-cache" } }),
    })),
  );
}

async function writeYaml(spec: Spec): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(spec, { lineWidth: 120, aliasDuplicateObjects: false });
}
