import type { RefusalCode } from "../../engine/refusal";

/** Values by name, without secrets. */
export type Redacted = Readonly<Record<string, unknown>>;

/** A request and its answer, as far as they may be kept. Where a secret stood, there is a text in brackets. */
export interface RecordedExchange {
  /** Ascends. */
  id: number;
  /** When the request came, in epoch milliseconds of the server's clock. */
  at: number;
  /** The contract or service; null for a path of none. */
  contract: string | null;
  /** Its `operationId`, or the path of a page. */
  operation: string | null;
  /** Null unless the client was authenticated. */
  clientId: string | null;
  method: string;
  /** Without the query. Segments that may be secrets are left out. */
  path: string;
  /** Null if the connection ended before an answer. */
  status: number | null;
  refusal: RefusalCode | null;
  /** What the log says about the reason is not here. */
  correlationId: string | null;
  durationMs: number;
  request: { headers: Redacted; query: Redacted; body: unknown };
  answer: { headers: Redacted; body: unknown };
}

/** @returns an exchange as the service and the command line print it */
export function toExchangeJson({ clientId, correlationId, durationMs, at, ...rest }: RecordedExchange) {
  const { id, contract, operation, method, path, status, refusal, request, answer } = rest;
  return {
    ...{ id, at: new Date(at).toISOString(), contract, operation, client_id: clientId, method, path, status, refusal },
    ...{ correlation_id: correlationId, duration_ms: durationMs, request, answer },
  };
}
