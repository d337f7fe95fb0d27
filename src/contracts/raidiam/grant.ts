import type { operations } from "../../../generated/raidiam";
import type { Issued } from "../../engine/decision";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf } from "../../http/typed";
import { uncached } from "../../http/uncached";

export function grant(issued: Issued, exchange: Exchange): ReplyOf<operations["issueRaidiamToken"]> {
  return {
    status: 200,
    headers: { ...uncached, "x-fapi-interaction-id": exchange.correlationId },
    body: {
      access_token: issued.accessToken,
      expires_in: issued.expiresAt - issued.issuedAt,
      token_type: "Bearer",
      ...(issued.scope.length > 0 ? { scope: issued.scope.join(" ") } : {}),
    },
  };
}
