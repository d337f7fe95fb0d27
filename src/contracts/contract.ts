import type { Refusal } from "../engine/refusal";
import type { ContractPolicy } from "../engine/policy";
import type { Issued } from "../engine/decision";
import type { TokenRequest } from "../engine/token-request";
import type { Correlation } from "../http/api";
import type { Exchange } from "../http/exchange";
import type { RefusedReply, ReplyOf, RequestOf } from "../http/typed";
import type { Demo } from "./demo";

/** Three pure translations between the contract and the engine. No contract sees the database, the signer or Express. */
export interface TokenOperation<Op> {
  /** @throws Refusal `invalid_request` for faults that the spec cannot express */
  read(request: RequestOf<Op>): TokenRequest;
  grant(issued: Issued, exchange: Exchange): ReplyOf<Op>;
  refuse(refusal: Refusal, exchange: Exchange): RefusedReply<Op>;
}

/**
 * A contract beside its spec: its policy, the translations of every operation that the spec declares, and a demo client. A
 * spec whose operations have no id generates an index signature, which would accept `{}`; this type and codegen refuse it.
 */
export type Contract<Ops> = string extends keyof Ops
  ? never
  : {
      policy: ContractPolicy;
      /** The header that carries the correlation id, and which values of callers are accepted. */
      correlation: Correlation;
      operations: { [Id in keyof Ops]: TokenOperation<Ops[Id]> };
      demo: Demo;
    };
