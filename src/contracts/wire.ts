import type { Contract } from "./contract";
import type { Demo } from "./demo";
import type { Refusal } from "../engine/refusal";
import type { ContractPolicy } from "../engine/policy";
import type { Issued } from "../engine/decision";
import type { TokenRequest } from "../engine/token-request";
import type { Address } from "../http/address";
import type { Api, Correlation, Endpoint, Reply, SomeRequest, Spec } from "../http/api";
import type { Exchange } from "../http/exchange";
import { listOperations } from "../http/operations";
import type { Issue, ServedContract } from "../engine/issue";

interface ErasedTokenOperation {
  read(request: SomeRequest): TokenRequest;
  grant(issued: Issued, exchange: Exchange): Reply;
  refuse(refusal: Refusal, exchange: Exchange): Reply;
}

/** A contract with its spec. The types of its operations are erased. */
export interface WiredContract {
  name: string;
  spec: Spec;
  policy: ContractPolicy;
  correlation: Correlation;
  demo: Demo;
  operations: Readonly<Record<string, ErasedTokenOperation>>;
}

/** A contract at the address where it is served. The prefix is in the paths of its spec and of its demo. */
export interface PlacedContract extends WiredContract {
  address: Address;
}

/** Pairs a spec with its contract. The cast erases types that the signature has checked. */
export function wire<Ops>(name: string, spec: Spec, contract: Contract<Ops>): WiredContract {
  return { name, spec, ...(contract as unknown as Omit<WiredContract, "name" | "spec">) };
}

/** Makes the API of a contract: each operation reads the request, calls the engine, and translates the result. */
export function serveContract(placed: PlacedContract, { issue, served, audiencesOf, enabled }: ServePorts): Api {
  const { name, spec, address, correlation, operations } = placed;
  const endpoints = listOperations(spec).flatMap(({ id, path, template }): [string, Endpoint][] => {
    const operation = operations[id];
    if (operation === undefined) return [];
    const fixed = { ...served, audiences: audiencesOf(path) };
    const handle: Endpoint["handle"] = async (request, exchange) => {
      const own = template === undefined ? fixed : { ...served, audiences: audiencesOf(exchange.path) };
      const context = { note: exchange.note, source: request.source, caller: exchange.caller };
      return operation.grant(await issue(operation.read(request), own, context), exchange);
    };
    return [[id, { handle, refuse: (refusal, exchange) => operation.refuse(refusal, exchange) }]];
  });
  return { name, enabled, spec, address, correlation, endpoints: Object.fromEntries(endpoints) };
}

/** What serves a contract. */
export interface ServePorts {
  issue: Issue;
  served: Omit<ServedContract, "audiences">;
  /** Lists what a client assertion may name as its audience at a path. */
  audiencesOf: (path: string) => readonly string[];
  enabled: boolean;
}
