import type { operations } from "../../../generated/screening-eagle";
import { readSecretCredentials } from "../../http/authorization-header";
import { invalidRequest, type Problem } from "../../engine/refusal";
import type { GrantRequest } from "../../engine/grant-request";
import type { TokenRequest } from "../../engine/token-request";
import type { RequestOf } from "../../http/typed";
import { splitScope } from "../../engine/scope";

type Request = RequestOf<operations["issueToken"]>;
type Form = Request["body"];

export function read({ headers, body }: Request): TokenRequest {
  return { credentials: readSecretCredentials(headers.authorization, body), grant: grantOf(body) };
}

function grantOf(body: Form): GrantRequest {
  switch (body.grant_type) {
    case "client_credentials":
      return { type: "client_credentials", scope: splitScope(body.scope) };
    case "authorization_code": {
      const { code, redirect_uri: redirectUri, code_verifier: codeVerifier } = body;
      if (code === undefined || redirectUri === undefined || codeVerifier === undefined)
        throw lacking(body, ["code", "redirect_uri", "code_verifier"]);
      return { type: "authorization_code", code, redirectUri, codeVerifier };
    }
    case "refresh_token": {
      const { refresh_token: refreshToken } = body;
      if (refreshToken === undefined) throw lacking(body, ["refresh_token"]);
      return { type: "refresh_token", refreshToken, scope: splitScope(body.scope) };
    }
  }
}

/** What a grant needs beside its name is more than the spec can say. */
function lacking(body: Form, needed: readonly (keyof Form)[]): Error {
  const missing = needed.filter((name) => body[name] === undefined);
  const problems = missing.map((name): Problem => {
    return { in: "body", path: [name], rule: "required", message: `${name} is required for ${body.grant_type}` };
  });
  return invalidRequest(`${missing.join(", ")} missing`, ...problems);
}
