import type { operations } from "../../../generated/services/oauth2";
import { Refusal } from "../../engine/refusal";
import type { Exchange } from "../../spec/exchange";
import type { ReplyOf, RequestOf } from "../../spec/typed";
import type { Admit } from "./admit";
import type { TokenStatePorts } from "./introspect";

type Revoke = operations["revokeToken"];

/**
 * RFC 7009. A client takes back a token of its own. A token that does not exist, or no longer counts, is as good as
 * revoked (§2.2); one of another client's is refused (§2.1).
 */
export function makeRevoke(admit: Admit, ports: TokenStatePorts) {
  return async function revoke(request: RequestOf<Revoke>, exchange: Exchange): Promise<ReplyOf<Revoke>> {
    const client = await admit("revocation", "/oauth2/revoke", request, exchange.note);
    const done = { status: 200, headers: { "Cache-Control": "no-store" } } as const;
    const claims = await ports.verifier.verify(request.body.token);
    if (claims === undefined || typeof claims.exp !== "number" || typeof claims.jti !== "string") return done;
    const record = await ports.ledger.find(claims.jti, claims.exp);
    if (record === undefined) return done;
    if (record.clientId !== client.id) {
      throw new Refusal("unauthorized_client", `client ${client.id} tried to revoke a token of ${record.clientId}`);
    }
    exchange.note.jti = claims.jti;
    await ports.ledger.revoke(claims.jti, claims.exp, Math.floor(ports.clock() / 1000));
    return done;
  };
}
