import type { operations } from "../../../generated/screening-eagle";
import type { Issued } from "../../engine/decision";
import type { ReplyOf } from "../../http/typed";

export function grant(issued: Issued): ReplyOf<operations["issueScreeningEagleToken"]> {
  return {
    status: 200,
    headers: { "Cache-Control": "no-store" },
    body: {
      scope: issued.scope.join(" "),
      token_type: "Bearer",
      access_token: issued.accessToken,
      expires_in: issued.expiresAt - issued.issuedAt,
      ...(issued.idToken === undefined ? {} : { id_token: issued.idToken }),
      ...(issued.refreshToken === undefined ? {} : { refresh_token: issued.refreshToken }),
    },
  };
}
