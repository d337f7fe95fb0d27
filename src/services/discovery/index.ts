import type { operations } from "../../../generated/services/discovery";
import type { Refusal } from "../../engine/refusal";
import type { KeyRing } from "../../keys/key-ring";
import { oauthRefusal } from "../oauth-refusal";
import type { ReplyOf } from "../../spec/typed";
import type { Service } from "../service";
import { noCorrelation } from "../../spec/contract";

type Keys = operations["readKeys"];

/** How long verifiers may keep the key set, in seconds; new keys are published for longer than that before they sign. */
export const keySetMaxAgeSeconds = 300;

export function makeDiscovery(keys: KeyRing): Service<operations> {
  return {
    correlation: noCorrelation,
    endpoints: { readKeys: { handle: () => readKeys(keys), refuse: refuseKeys } },
  };
}

/** RFC 7517 §5: the public halves of what signs, signed and will sign. */
async function readKeys(keys: KeyRing): Promise<ReplyOf<Keys>> {
  const published = await keys.published();
  return {
    status: 200,
    headers: { "Cache-Control": `public, max-age=${keySetMaxAgeSeconds}` },
    body: { keys: published.map((jwk) => ({ ...jwk, kty: String(jwk.kty), kid: String(jwk.kid), use: "sig", alg: String(jwk.alg) })) },
  };
}

function refuseKeys(refusal: Refusal): ReplyOf<Keys> {
  const { status, error, description } = oauthRefusal(refusal);
  const headers = { "Cache-Control": "no-store" } as const;
  const body = { error: readable(error), error_description: description };
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

/** Nobody authenticates here, so nothing can be wrong with a client. */
function readable(error: ReturnType<typeof oauthRefusal>["error"]): "invalid_request" | "server_error" | "temporarily_unavailable" {
  return error === "server_error" || error === "temporarily_unavailable" ? error : "invalid_request";
}
