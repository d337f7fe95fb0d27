import type { operations } from "../../../generated/services/userinfo";
import type { Refusal } from "../../engine/refusal";
import type { ReplyOf } from "../../http/typed";
import { makePlainRefusal, toOAuthRefusal } from "../oauth-error";

type GetRefused = Exclude<ReplyOf<operations["readUserInfo"]>, { status: 200 }>;
type PostRefused = Exclude<ReplyOf<operations["readUserInfoByPost"]>, { status: 200 }>;

const headers = { "Cache-Control": "no-store" } as const;

/** Answers with the challenges of RFC 6750 §3.1, and otherwise like the other supporting APIs. */
export function refuseGet(refusal: Refusal): GetRefused {
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
      return makePlainRefusal(refusal);
  }
}

/** Answers like GET, and with statuses of their own to a body that is too large or no form. */
export function refusePost(refusal: Refusal): PostRefused {
  const { status, error, description } = toOAuthRefusal(refusal);
  if (status !== 413 && status !== 415) return refuseGet(refusal);
  return { status, headers, body: { error, error_description: description } };
}

/** A caller without a token is told only that one is wanted (RFC 6750 §3.1). */
function makeChallengeHeaders(parameters: Readonly<Record<string, string>> = {}) {
  const all = Object.entries({ realm: "polymint", ...parameters }).map(([name, value]) => `${name}="${value}"`);
  return { ...headers, "WWW-Authenticate": `Bearer ${all.join(", ")}` };
}
