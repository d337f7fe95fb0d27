import type { Exchange } from "../../http/exchange";

interface CorrelationHeaders {
  "Cache-Control": "no-store";
  correlationId?: string;
}

/** Headers of every answer: the caller's `correlationId` goes back only if it sent one. */
export function correlationHeaders({ suppliedCorrelationId }: Exchange): CorrelationHeaders {
  return { "Cache-Control": "no-store", ...(suppliedCorrelationId === undefined ? {} : { correlationId: suppliedCorrelationId }) };
}
