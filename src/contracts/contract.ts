import type { Refusal } from "../engine/refusal";
import type { DialectPolicy, Issued, TokenRequest } from "../engine/types";
import type { Correlation } from "../http/contract";
import type { Exchange } from "../http/exchange";
import type { DefaultOf, ReplyOf, RequestOf } from "../http/typed";
import type { Demo } from "./demo";

/** Statuses a dialect may answer through its spec's `default` response, where it has one. */
type Undeclared<Op> = Op extends { responses: infer Responses } ? Exclude<404 | 405 | 406 | 413 | 415, keyof Responses> : never;

/** What a refusal may become: a declared status, or one of HTTP's own through `default`. */
export type RefusedReply<Op> = ReplyOf<Op> | DefaultOf<Op, Undeclared<Op>>;

/** Three pure translations. No dialect sees the database, the signer or Express. */
export interface TokenDialect<Op> {
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
export type Dialect<Ops> = string extends keyof Ops
  ? never
  : {
      policy: DialectPolicy;
      /** The header that carries the correlation id, and whether a caller's value may be taken over. */
      correlation: Correlation;
      operations: { [Id in keyof Ops]: TokenDialect<Ops[Id]> };
      demo: Demo;
    };
