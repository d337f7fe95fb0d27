import type { operations } from "../../../generated/weavr";
import { invalidRequest } from "../../engine/refusal";
import type { GrantRequest, TokenRequest } from "../../engine/types";
import type { RequestOf } from "../../spec/typed";

type Request = RequestOf<operations["issueToken"]>;

/** Proofs that come in the body, each with the name it will go by once it is offered. */
const bodyModes = [
  ["clientAssertion", "delegated client assertion"],
  ["token", "one-time token"],
] as const;

export function read({ headers, body }: Request): TokenRequest {
  return {
    credentials: [{ method: "api_key", apiKey: String(headers["api-key"]) }],
    grant: grantOf(headers.authorization, body),
  };
}

/** Exactly one proof; the spec has already refused two of them in the body. `null` is absence. */
function grantOf(authorization: string | undefined, body: Request["body"]): GrantRequest {
  for (const [field, name] of bodyModes) {
    if (typeof body[field] !== "string") continue;
    if (authorization !== undefined) {
      const message = `${field} must not come with an Authorization header`;
      throw invalidRequest(`${field} beside an Authorization header`, { in: "body", path: [field], rule: "exactly_one", message });
    }
    return { type: "unsupported", name };
  }
  return { type: "auth_token", authToken: bearerOf(authorization), identity: body.identity };
}

/** RFC 6750 §2.1. Any other scheme brings no auth token. */
function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}
