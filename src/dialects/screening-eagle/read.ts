import type { operations } from "../../../generated/screening-eagle";
import type { GrantRequest, TokenRequest } from "../../engine/types";
import type { RequestOf } from "../../spec/typed";
import { scopeList } from "../scope-list";
import { secretCredentials } from "../../client-auth/secret-credentials";

type Request = RequestOf<operations["issueToken"]>;

export function read({ headers, body }: Request): TokenRequest {
  return { credentials: secretCredentials(headers.authorization, body), grant: grantOf(body) };
}

function grantOf(body: Request["body"]): GrantRequest {
  if (body.grant_type !== "client_credentials") return { type: "unsupported", name: body.grant_type };
  return { type: "client_credentials", scope: scopeList(body.scope) };
}
