import type { operations } from "../../../generated/screening-eagle";
import type { Issued } from "../../engine/decision";
import type { ReplyOf } from "../../http/typed";
import { uncached } from "../../http/uncached";

export function grant(issued: Issued): ReplyOf<operations["issueScreeningEagleToken"]> {
  return {
    status: 200,
    headers: uncached,
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
