import type { Contract } from "./contract";
import type { Demo } from "./demo";
import type { Refusal } from "../engine/refusal";
import type { ContractPolicy } from "../engine/policy";
import type { Issued } from "../engine/decision";
import type { TokenRequest } from "../engine/token-request";
import type { Correlation, Reply, SomeRequest, Spec } from "../http/api";
import type { Exchange } from "../http/exchange";

interface ErasedTokenOperation {
  read(request: SomeRequest): TokenRequest;
  grant(issued: Issued, exchange: Exchange): Reply;
  refuse(refusal: Refusal, exchange: Exchange): Reply;
}

/** A contract beside its spec, its operations' types erased. */
export interface WiredContract {
  name: string;
  spec: Spec;
  policy: ContractPolicy;
  correlation: Correlation;
  demo: Demo;
  operations: Readonly<Record<string, ErasedTokenOperation>>;
}

/** Pairs a spec with its contract. The cast erases types that the signature has just checked. */
export function wire<Ops>(name: string, spec: Spec, contract: Contract<Ops>): WiredContract {
  return { name, spec, ...(contract as unknown as Omit<WiredContract, "name" | "spec">) };
}
