import type { operations } from "../../../generated/services/oauth2";
import type { Revocable, Revocations } from "../../engine/ports/ledger";
import { Refusal } from "../../engine/refusal";
import type { Client } from "../../engine/client";
import { isRefreshToken } from "../../secrets/secret";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf, RequestOf } from "../../http/typed";
import { type Admit, makeReplayRefusal } from "./admit";
import type { TokenStatePorts } from "./introspect";

type Revoke = operations["revokeToken"];

export interface RevokePorts extends TokenStatePorts {
  revocations: Revocations;
}

/**
 * RFC 7009. A client revokes a token of its own. A refresh token, rotated or not, revokes all tokens of the same consent (§2.1).
 * A token that does not exist or is not valid any more is answered like a revoked one (§2.2); a token of another client is
 * refused (§2.1). `token_type_hint` is ignored, since the token itself shows its kind.
 */
export function makeRevoke(admit: Admit, ports: RevokePorts) {
  return async function revoke(request: RequestOf<Revoke>, exchange: Exchange): Promise<ReplyOf<Revoke>> {
    const { client, spends } = await admit("revocation", request, exchange);
    const { token } = request.body;
    const at = Math.floor(ports.clock() / 1000);
    const own = await (isRefreshToken(token) ? findOwnFamily(token, client, ports) : findOwnAccessToken(token, client, ports));
    if ((await ports.revocations.revoke(own, at, spends, exchange.caller)) === "replayed") throw makeReplayRefusal(client);
    if (own !== undefined && "jti" in own) exchange.note.jti = own.jti;
    return { status: 200, headers: { "Cache-Control": "no-store" } };
  };
}

async function findOwnAccessToken(token: string, client: Client, ports: RevokePorts): Promise<Revocable | undefined> {
  const verified = await ports.verifier.verify(token);
  const record = verified && (await ports.ledger.find(verified));
  if (record === undefined) return undefined;
  mustBeOwn(client, record.clientId);
  return { jti: record.jti, expiresAt: record.expiresAt };
}

async function findOwnFamily(token: string, client: Client, ports: RevokePorts): Promise<Revocable | undefined> {
  const found = await ports.refreshTokens.find(ports.digest(token));
  if (found === undefined) return undefined;
  mustBeOwn(client, found.family.clientId);
  return { family: found.family.id };
}

function mustBeOwn(client: Client, ownerId: string): void {
  if (ownerId !== client.id) throw new Refusal("unauthorized_client", `client ${client.id} tried to revoke a token of ${ownerId}`);
}
