import type { operations as DeviceAuthorization } from "../../generated/services/device-authorization";
import type { operations as OAuth2 } from "../../generated/services/oauth2";
import type { operations as UserInfo } from "../../generated/services/userinfo";
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

/** The operations of the engine's services that may answer for an operation of a contract. */
export type ServiceOperationId = keyof DeviceAuthorization | keyof OAuth2 | keyof UserInfo | "readKeys";

/**
 * How a contract answers an operation: by its own translations; by a service, in the shape of that service; or not at all, which is
 * 404 in the shape of the contract.
 */
export type ContractOperation<Op> = TokenOperation<Op> | ServiceOperationId | "left_out";

/**
 * A contract beside its spec: its policy, an answer to every operation that the spec declares, at least one of which issues tokens, and a demo client. A
 * spec whose operations have no id generates an index signature, which would accept `{}`; this type and codegen refuse it.
 */
export type Contract<Ops> = string extends keyof Ops
  ? never
  : {
      policy: ContractPolicy;
      /** The header that carries the correlation id, and which values of callers are accepted. */
      correlation: Correlation;
      operations: { [Id in keyof Ops]: ContractOperation<Ops[Id]> };
      demo: Demo;
    };
