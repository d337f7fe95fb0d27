import type { operations } from "../../../generated/services/userinfo";
import type { Refusal } from "../../engine/refusal";
import type { ReplyOf } from "../../http/typed";
import { type OAuthRefusal, toOAuthRefusal } from "../oauth-error";

type Refused = Exclude<ReplyOf<operations["readUserInfo"]>, { status: 200 }>;

const headers = { "Cache-Control": "no-store" } as const;

/** The challenges of RFC 6750 §3.1, and for everything else what the supporting APIs answer. */
export function refuse(refusal: Refusal): Refused {
  switch (refusal.code) {
    case "invalid_client":
      return { status: 401, headers: makeChallengeHeaders(), body: { error_description: "An access token is needed." } };
    case "invalid_grant": {
      const body = { error: "invalid_token", error_description: "The access token is not valid." } as const;
      return { status: 401, headers: makeChallengeHeaders(body), body };
    }
    case "invalid_scope": {
      const body = { error: "insufficient_scope", error_description: "The access token lacks the scope openid." } as const;
      return { status: 403, headers: makeChallengeHeaders({ ...body, scope: "openid" }), body };
    }
    default:
      return unchallenged(toOAuthRefusal(refusal), refusal);
  }
}

/** Whoever presents no token learns nothing but what is wanted. */
function makeChallengeHeaders(parameters: Readonly<Record<string, string>> = {}) {
  const all = Object.entries({ realm: "polymint", ...parameters }).map(([name, value]) => `${name}="${value}"`);
  return { ...headers, "WWW-Authenticate": `Bearer ${all.join(", ")}` };
}

function unchallenged({ status, error, description }: OAuthRefusal, refusal: Refusal): Refused {
  const body = { error: told(error), error_description: description };
  switch (status) {
    case 404:
    case 500:
      return { status, headers, body };
    case 405:
      return { status, headers: { ...headers, Allow: refusal.allow.join(", ") }, body };
    case 429:
    case 503:
      return { status, headers: { ...headers, "Retry-After": String(refusal.retryAfterSeconds ?? 1) }, body };
    default:
      return { status: 400, headers, body };
  }
}

/** No client authenticates here, so nothing can be wrong with one. */
function told(error: OAuthRefusal["error"]): "invalid_request" | "server_error" | "temporarily_unavailable" {
  return error === "server_error" || error === "temporarily_unavailable" ? error : "invalid_request";
}
