import type { GrantType } from "../engine/grant-request";
import type { Refusal } from "../engine/refusal";
import type { Credential } from "../engine/token-request";
import type { Correlation, Endpoint, ReadableFrom, Spec } from "../http/api";
import type { Exchange } from "../http/exchange";
import type { RefusedReply, ReplyOf, RequestOf } from "../http/typed";

/** One operation of a supporting API. */
export interface ServiceOperation<Op> {
  /** @throws Refusal, Unavailable */
  handle(request: RequestOf<Op>, exchange: Exchange): Promise<ReplyOf<Op>>;
  refuse(refusal: Refusal, exchange: Exchange): RefusedReply<Op>;
  /** Reads what a request presents to prove its client, without checking it. Left out where requests present nothing. @throws Refusal */
  readCredentials?(request: RequestOf<Op>): readonly Credential[];
  /** The operation writes nothing, so that a server that only reads can answer it. */
  reads?: true;
  readableFrom?: ReadableFrom;
}

/** A supporting API: one handler and one `refuse` for every operation of its spec. */
export type Service<Ops> = string extends keyof Ops
  ? never
  : { correlation: Correlation; endpoints: { [Id in keyof Ops]: ServiceOperation<Ops[Id]> } };

/** The export of a folder below `services/`: when the API is enabled, and how it is built from the ports that it uses. */
export interface ServiceDefinition<Ops, Ports> {
  /** The API is enabled only if an enabled contract offers this grant. */
  serves?: GrantType;
  /** The API answers even at capacity and while the server starts, because a busy server must not look dead. */
  vital?: true;
  /** The API exists only at a server with the sandbox, and no fault can be armed at it. */
  partOfSandbox?: true;
  /** The API answers for paths that belong to no spec. */
  answersUnknownPaths?: true;
  make(ports: Ports): Service<Ops>;
}

type ServiceTraits = "serves" | "vital" | "partOfSandbox" | "answersUnknownPaths";

/** A service definition beside its spec, its operations' types erased. */
export interface WiredService<Ports, Name extends string = string> {
  name: Name;
  spec: Spec;
  definition: Pick<ServiceDefinition<never, Ports>, ServiceTraits> & {
    make(ports: Ports): { correlation: Correlation; endpoints: Readonly<Record<string, Endpoint>> };
  };
}

/** Pairs a spec with its service. The cast erases types that the caller has checked. */
export function wireService<Ports, Name extends string>(
  name: Name,
  spec: Spec,
  definition: Pick<WiredService<Ports>["definition"], ServiceTraits> & { make(ports: Ports): unknown },
): WiredService<Ports, Name> {
  return { name, spec, definition: definition as WiredService<Ports>["definition"] };
}
