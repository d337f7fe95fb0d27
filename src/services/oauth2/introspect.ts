import type { operations } from "../../../generated/services/oauth2";
import type { LedgerReader, TokenVerifier } from "../../engine/ports";
import type { Clock } from "../../engine/types";
import type { Exchange } from "../../spec/exchange";
import type { ReplyOf, RequestOf } from "../../spec/typed";
import type { Admit } from "./admit";

type Introspect = operations["introspectToken"];

export interface TokenStatePorts {
  verifier: TokenVerifier;
  ledger: LedgerReader;
  clock: Clock;
}

/**
 * RFC 7662. A token that is not ours, has expired, was revoked, or is not in the ledger is `{"active":false}` and
 * nothing else (§2.2): why is not for the caller to know.
 */
export function makeIntrospect(admit: Admit, ports: TokenStatePorts) {
  return async function introspect(request: RequestOf<Introspect>, exchange: Exchange): Promise<ReplyOf<Introspect>> {
    await admit("introspection", "/oauth2/introspect", request, exchange.note);
    const claims = await ports.verifier.verify(request.body.token);
    const headers = { "Cache-Control": "no-store" } as const;
    const inactive = { status: 200, headers, body: { active: false } } as const;
    if (claims === undefined || typeof claims.exp !== "number" || typeof claims.jti !== "string") return inactive;
    if (claims.exp * 1000 <= ports.clock()) return inactive;
    const record = await ports.ledger.find(claims.jti, claims.exp);
    if (record === undefined || record.revokedAt !== null) return inactive;
    const body = {
      ...claims,
      active: true,
      client_id: record.clientId,
      token_type: "Bearer",
      sub: record.subject,
      ...(record.scope === "" ? {} : { scope: record.scope }),
    };
    return { status: 200, headers, body };
  };
}
