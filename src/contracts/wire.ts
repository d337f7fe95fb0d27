import type { Dialect } from "./contract";
import type { Demo } from "./demo";
import type { Refusal } from "../engine/refusal";
import type { DialectPolicy, Issued, TokenRequest } from "../engine/types";
import type { Service } from "../services/service";
import type { Contract, Correlation, Endpoint, Reply, SomeRequest, Spec } from "../http/contract";
import type { Exchange } from "../http/exchange";

interface ErasedTokenDialect {
  read(request: SomeRequest): TokenRequest;
  grant(issued: Issued, exchange: Exchange): Reply;
  refuse(refusal: Refusal, exchange: Exchange): Reply;
}

/** A dialect beside its spec, its operations' types erased. */
export interface WiredDialect {
  name: string;
  spec: Spec;
  policy: DialectPolicy;
  correlation: Correlation;
  demo: Demo;
  operations: Readonly<Record<string, ErasedTokenDialect>>;
}

/** Pairs a spec with its dialect. The cast erases types that the signature has just checked. */
export function wire<Ops>(name: string, spec: Spec, dialect: Dialect<Ops>): WiredDialect {
  return { name, spec, ...(dialect as unknown as Omit<WiredDialect, "name" | "spec">) };
}

/** The same for a supporting API. */
export function wireService<Ops>(name: string, spec: Spec, service: Service<Ops>): Contract {
  return { name, enabled: true, spec, ...(service as unknown as { correlation: Correlation; endpoints: Record<string, Endpoint> }) };
}
