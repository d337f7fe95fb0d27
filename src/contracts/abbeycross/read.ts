import type { operations } from "../../../generated/abbeycross";
import type { TokenRequest } from "../../engine/token-request";
import type { RequestOf } from "../../http/typed";

export function read({ body }: RequestOf<operations["issueAbbeycrossToken"]>): TokenRequest {
  return {
    credentials: [{ method: "client_secret_post", clientId: body.client_id, clientSecret: body.client_secret }],
    grant: { type: "client_credentials", scope: undefined },
  };
}
