import type { operations } from "../../../generated/abbeycross";
import type { Issued } from "../../engine/decision";
import type { ReplyOf } from "../../http/typed";
import { uncached } from "../../http/uncached";

export function grant(issued: Issued): ReplyOf<operations["issueAbbeycrossToken"]> {
  return {
    status: 200,
    headers: uncached,
    body: {
      access_token: issued.accessToken,
      token_type: "Bearer",
      expires_in: issued.expiresAt - issued.issuedAt,
      ...(issued.scope.length > 0 ? { scope: issued.scope.join(" ") } : {}),
    },
  };
}
