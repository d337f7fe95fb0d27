import type { operations } from "../../../generated/firstvision";
import type { Issued } from "../../engine/decision";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf } from "../../http/typed";
import { uncached } from "../../http/uncached";

/** In this contract `expires_in` is the second at which the token expires, not a duration. */
export function grant(issued: Issued, exchange: Exchange): ReplyOf<operations["issueFirstvisionToken"]> {
  return {
    status: 200,
    headers: { ...makeCorrelationHeaders(exchange), ...uncached },
    body: { access_token: issued.accessToken, expires_in: issued.expiresAt, token_type: "Bearer" },
  };
}

interface CorrelationHeaders {
  "Cache-Control": "no-store";
  correlationId?: string;
}

/** Makes the headers of every answer. They repeat the caller's `correlationId` if it sent one. */
export function makeCorrelationHeaders({ suppliedCorrelationId }: Exchange): CorrelationHeaders {
  return { "Cache-Control": "no-store", ...(suppliedCorrelationId === undefined ? {} : { correlationId: suppliedCorrelationId }) };
}
