import type { operations } from "../../../generated/services/oauth2";
import type { TokenFamilies } from "../../engine/person-ports";
import { Refusal } from "../../engine/refusal";
import type { Client } from "../../engine/types";
import { isRefreshToken } from "../../keys/secret";
import type { Exchange } from "../../spec/exchange";
import type { ReplyOf, RequestOf } from "../../spec/typed";
import type { Admit } from "./admit";
import type { TokenStatePorts } from "./introspect";

type Revoke = operations["revokeToken"];

export interface RevokePorts extends TokenStatePorts {
  families: TokenFamilies;
}

/**
 * RFC 7009. A client takes back a token of its own; with a refresh token, used up or not, all that came of the same consent
 * (§2.1). A token that does not exist, or no longer counts, is as good as revoked (§2.2); one of another client's is refused
 * (§2.1). The token itself tells what kind it is; a hint could only be wrong.
 */
export function makeRevoke(admit: Admit, ports: RevokePorts) {
  return async function revoke(request: RequestOf<Revoke>, exchange: Exchange): Promise<ReplyOf<Revoke>> {
    const client = await admit("revocation", "/oauth2/revoke", request, exchange.note);
    const { token } = request.body;
    const at = Math.floor(ports.clock() / 1000);
    if (isRefreshToken(token)) {
      await revokeFamily(token, client, at, ports);
    } else {
      const jti = await revokeAccessToken(token, client, at, ports);
      if (jti !== undefined) exchange.note.jti = jti;
    }
    return { status: 200, headers: { "Cache-Control": "no-store" } };
  };
}

/** @returns its `jti`, if there was such a token */
async function revokeAccessToken(token: string, client: Client, at: number, ports: RevokePorts): Promise<string | undefined> {
  const claims = await ports.verifier.verify(token);
  if (claims === undefined || typeof claims.exp !== "number" || typeof claims.jti !== "string") return undefined;
  const record = await ports.ledger.find(claims.jti, claims.exp);
  if (record === undefined) return undefined;
  mustBeOwn(client, record.clientId);
  await ports.ledger.revoke(claims.jti, claims.exp, at);
  return claims.jti;
}

async function revokeFamily(token: string, client: Client, at: number, ports: RevokePorts): Promise<void> {
  const found = await ports.refreshTokens.find(ports.digest(token));
  if (found === undefined) return;
  mustBeOwn(client, found.family.clientId);
  await ports.families.revoke(found.family.id, at);
}

function mustBeOwn(client: Client, ownerId: string): void {
  if (ownerId !== client.id) throw new Refusal("unauthorized_client", `client ${client.id} tried to revoke a token of ${ownerId}`);
}
