import type { Refusal } from "../engine/refusal";
import type { ContractPolicy } from "../engine/policy";
import type { Issued } from "../engine/decision";
import type { TokenRequest } from "../engine/token-request";
import type { Correlation } from "../http/api";
import type { Exchange } from "../http/exchange";
import type { RefusedReply, ReplyOf, RequestOf } from "../http/typed";
import type { Demo } from "./demo";

/** Three pure translations. No contract sees the database, the signer or Express. */
export interface TokenOperation<Op> {
  /** @throws Refusal `invalid_request` for what the spec cannot say. */
  read(request: RequestOf<Op>): TokenRequest;
  grant(issued: Issued, exchange: Exchange): ReplyOf<Op>;
  refuse(refusal: Refusal, exchange: Exchange): RefusedReply<Op>;
}

/**
 * Everything the server needs to know of a contract beside its spec: its policy, an answer to every operation the spec
 * declares, and a demo client. A spec whose operations have no id generates an index signature, which would accept
 * `{}`: refused here, and by codegen.
 */
export type Contract<Ops> = string extends keyof Ops
  ? never
  : {
      policy: ContractPolicy;
      /** The header that carries the correlation id, and whether a caller's value may be taken over. */
      correlation: Correlation;
      operations: { [Id in keyof Ops]: TokenOperation<Ops[Id]> };
      demo: Demo;
    };
