import type { Contract } from "./contract";
import type { Demo } from "./demo";
import type { Refusal } from "../engine/refusal";
import type { ContractPolicy } from "../engine/policy";
import type { Issued } from "../engine/decision";
import type { TokenRequest } from "../engine/token-request";
import type { Api, Correlation, Endpoint, Reply, SomeRequest, Spec } from "../http/api";
import type { Exchange } from "../http/exchange";
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

/** Pairs a spec with its contract. The cast erases types that the signature has checked. */
export function wire<Ops>(name: string, spec: Spec, contract: Contract<Ops>): WiredContract {
  return { name, spec, ...(contract as unknown as Omit<WiredContract, "name" | "spec">) };
}

/** Makes the API of a contract: each operation reads the request, calls the engine, and translates the result. */
export function serveContract(wired: WiredContract, issue: Issue, served: ServedContract, enabled: boolean): Api {
  const endpoints = Object.entries(wired.operations).map(([id, operation]): [string, Endpoint] => [
    id,
    {
      handle: async (request, exchange) =>
        operation.grant(
          await issue(operation.read(request), served, { note: exchange.note, source: request.source, caller: exchange.caller }),
          exchange,
        ),
      refuse: (refusal, exchange) => operation.refuse(refusal, exchange),
    },
  ]);
  return { name: wired.name, enabled, spec: wired.spec, correlation: wired.correlation, endpoints: Object.fromEntries(endpoints) };
}
