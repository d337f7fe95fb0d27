import type { operations } from "../../../generated/weavr";
import { decodeDelegatedAssertion } from "../../client-auth/assertion";
import { readBearer } from "../../http/authorization-header";
import { invalidRequest } from "../../engine/refusal";
import type { GrantRequest } from "../../engine/grant-request";
import type { TokenRequest } from "../../engine/token-request";
import type { RequestOf } from "../../http/typed";

type WeavrRequest = RequestOf<operations["issueWeavrToken"]>;

export function read({ headers, body }: WeavrRequest): TokenRequest {
  return {
    credentials: [{ method: "api_key", apiKey: String(headers["api-key"]) }],
    grant: readGrant(headers.authorization, body),
  };
}

/** A request has exactly one proof. The spec has already refused two of them in the body. `null` means absent. */
function readGrant(authorization: string | undefined, { identity, clientAssertion, token }: WeavrRequest["body"]): GrantRequest {
  if (typeof clientAssertion === "string") {
    mustStandAlone("clientAssertion", authorization);
    return { type: "delegated_assertion", assertion: decodeDelegatedAssertion(clientAssertion), identity };
  }
  if (typeof token === "string") {
    mustStandAlone("token", authorization);
    return { type: "one_time_token", token, identity };
  }
  return { type: "auth_token", authToken: readBearer(authorization), identity };
}

function mustStandAlone(field: string, authorization: string | undefined): void {
  if (authorization === undefined) return;
  const message = `${field} must not come with an Authorization header`;
  throw invalidRequest(`${field} beside an Authorization header`, { in: "body", path: [field], rule: "exactly_one", message });
}
