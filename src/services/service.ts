import type { Refusal } from "../engine/refusal";
import type { Api, Correlation, Endpoint, Spec } from "../http/api";
import type { Exchange } from "../http/exchange";
import type { RefusedReply, ReplyOf, RequestOf } from "../http/typed";

/** One operation of a supporting API. */
export interface ServiceOperation<Op> {
  /** @throws Refusal, Unavailable */
  handle(request: RequestOf<Op>, exchange: Exchange): Promise<ReplyOf<Op>>;
  refuse(refusal: Refusal, exchange: Exchange): RefusedReply<Op>;
}

/** A supporting API answers every operation of its spec; like a contract, but with handlers of its own. */
export type Service<Ops> = string extends keyof Ops
  ? never
  : { correlation: Correlation; endpoints: { [Id in keyof Ops]: ServiceOperation<Ops[Id]> } };

/** Pairs a spec with its service. The cast erases types that the signature has just checked. */
export function wireService<Ops>(name: string, spec: Spec, service: Service<Ops>): Api {
  return { name, enabled: true, spec, ...(service as unknown as { correlation: Correlation; endpoints: Record<string, Endpoint> }) };
}
