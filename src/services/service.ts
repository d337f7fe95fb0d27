import type { Refusal } from "../engine/refusal";
import type { RefusedReply } from "../contracts/contract";
import type { Correlation } from "../http/contract";
import type { Exchange } from "../http/exchange";
import type { ReplyOf, RequestOf } from "../http/typed";

/** One operation of a supporting API. */
export interface ServiceOperation<Op> {
  /** @throws Refusal, Unavailable */
  handle(request: RequestOf<Op>, exchange: Exchange): Promise<ReplyOf<Op>>;
  refuse(refusal: Refusal, exchange: Exchange): RefusedReply<Op>;
}

/** A supporting API answers every operation of its spec; like a dialect, but with handlers of its own. */
export type Service<Ops> = string extends keyof Ops
  ? never
  : { correlation: Correlation; endpoints: { [Id in keyof Ops]: ServiceOperation<Ops[Id]> } };
