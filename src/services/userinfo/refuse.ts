import type { operations } from "../../../generated/services/userinfo";
import type { Refusal } from "../../engine/refusal";
import type { ReplyOf } from "../../http/typed";
import { makePlainRefusal } from "../oauth-error";

const headers = { "Cache-Control": "no-store" } as const;

/** Answers with the challenges of RFC 6750 §3.1, and otherwise like the other supporting APIs. */
export function refuse(refusal: Refusal): Exclude<ReplyOf<operations["readUserInfo"]>, { status: 200 }> {
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

/** A caller without a token is told only that one is wanted (RFC 6750 §3.1). */
function makeChallengeHeaders(parameters: Readonly<Record<string, string>> = {}) {
  const all = Object.entries({ realm: "polymint", ...parameters }).map(([name, value]) => `${name}="${value}"`);
  return { ...headers, "WWW-Authenticate": `Bearer ${all.join(", ")}` };
}
