import type { operations } from "../../../generated/screening-eagle";
import { readSecretCredentials } from "../../http/authorization-header";
import { invalidRequest, type Problem } from "../../engine/refusal";
import type { GrantRequest } from "../../engine/grant-request";
import type { TokenRequest } from "../../engine/token-request";
import type { RequestOf } from "../../http/typed";
import { splitScope } from "../../engine/scope";

type ScreeningEagleRequest = RequestOf<operations["issueScreeningEagleToken"]>;
type ScreeningEagleForm = ScreeningEagleRequest["body"];

export function read({ headers, body }: ScreeningEagleRequest): TokenRequest {
  return { credentials: readSecretCredentials(headers.authorization, body), grant: readGrant(body) };
}

function readGrant(body: ScreeningEagleForm): GrantRequest {
  switch (body.grant_type) {
    case "client_credentials":
      return { type: "client_credentials", scope: splitScope(body.scope) };
    case "authorization_code": {
      const { code, redirect_uri: redirectUri, code_verifier: codeVerifier } = body;
      if (code === undefined || redirectUri === undefined || codeVerifier === undefined)
        throw refuseMissing(body, ["code", "redirect_uri", "code_verifier"]);
      return { type: "authorization_code", code, redirectUri, codeVerifier };
    }
    case "refresh_token": {
      const { refresh_token: refreshToken } = body;
      if (refreshToken === undefined) throw refuseMissing(body, ["refresh_token"]);
      return { type: "refresh_token", refreshToken, scope: splitScope(body.scope) };
    }
  }
}

/** Refuses a request that lacks parameters of its grant, which the spec cannot require for one grant only. */
function refuseMissing(body: ScreeningEagleForm, needed: readonly (keyof ScreeningEagleForm)[]): Error {
  const missing = needed.filter((name) => body[name] === undefined);
  const problems = missing.map((name): Problem => {
    return { in: "body", path: [name], rule: "required", message: `${name} is required for ${body.grant_type}` };
  });
  return invalidRequest(`${missing.join(", ")} missing`, ...problems);
}
