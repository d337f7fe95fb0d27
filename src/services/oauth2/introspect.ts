import type { operations } from "../../../generated/services/oauth2";
import { type Caller, mustStillWait } from "../../engine/caller";
import type { Contracts } from "../../engine/contracts";
import type { RefreshTokens } from "../../engine/ports/codes";
import type { AssertionStore, LedgerReader, LedgerRecord } from "../../engine/ports/ledger";
import type { TokenVerifier } from "../../engine/ports/keys";
import type { ClientRegistry, SecretDigest } from "../../engine/ports/clients";
import type { Clock } from "../../engine/client";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf, RequestOf } from "../../http/typed";
import { uncached } from "../../http/uncached";
import { isRefreshToken } from "../../secrets/secret";
import { type Admit, type AdmittedClient, makeReplayRefusal } from "./admit";
import { isHolderActive } from "./holder";

type Introspect = operations["introspectToken"];

export interface TokenStatePorts {
  verifier: TokenVerifier;
  ledger: LedgerReader;
  digest: SecretDigest;
  refreshTokens: RefreshTokens;
  contracts: Contracts;
  clients: ClientRegistry;
  clock: Clock;
}

type ActiveToken = Extract<ReplyOf<Introspect>, { status: 200 }>["body"];

/**
 * RFC 7662. A token that is not ours, has expired, was revoked, or is not in the ledger is `{"active":false}` and
 * nothing else (§2.2): the caller does not learn the reason. `token_type_hint` is ignored, since the token itself shows its kind.
 */
export function makeIntrospect(admit: Admit, ports: TokenStatePorts & { assertions: AssertionStore }) {
  /** Spends the assertion last, so that after any failure the client can ask again with it. */
  async function spend({ client, spends }: AdmittedClient, caller: Caller): Promise<void> {
    if (spends === undefined) return;
    mustStillWait(caller);
    if (!(await ports.assertions.spend(spends))) throw makeReplayRefusal(client);
  }

  return async function introspect(request: RequestOf<Introspect>, exchange: Exchange): Promise<ReplyOf<Introspect>> {
    const admitted = await admit("introspection", request, exchange);
    const { token } = request.body;
    const active = await (isRefreshToken(token) ? describeRefreshToken(token, ports) : describeAccessToken(token, ports));
    await spend(admitted, exchange.caller);
    return { status: 200, headers: uncached, body: active ?? { active: false } };
  };
}

async function describeAccessToken(token: string, ports: TokenStatePorts): Promise<ActiveToken | undefined> {
  const verified = await ports.verifier.verify(token);
  if (verified === undefined || verified.expiresAt * 1000 <= ports.clock()) return undefined;
  const record = await ports.ledger.find(verified);
  if (record === undefined || record.revokedAt !== null) return undefined;
  if (!isHolderActive(record)) return undefined;
  return Object.assign({}, verified.claims, selectOutdatedClaims(record, ports), {
    active: true as const,
    client_id: record.clientId,
    token_type: "Bearer",
    sub: record.subject,
    ...(record.scope === "" ? {} : { scope: record.scope }),
  });
}

/** The token says that its user is stepped up until it expires; the caller learns what is true now. */
function selectOutdatedClaims({ contract, steppedUpUntil }: LedgerRecord, { clock, contracts }: TokenStatePorts): Record<string, unknown> {
  if (steppedUpUntil === null || steppedUpUntil * 1000 > clock()) return {};
  return contracts.get(contract)?.claimsAfterStepUp ?? {};
}

/** A rotated token is inactive, although during the grace a client may use it again if it did not receive the answer. */
async function describeRefreshToken(token: string, ports: TokenStatePorts): Promise<ActiveToken | undefined> {
  const found = await ports.refreshTokens.find(ports.digest(token));
  if (found === undefined || found.familyRevoked || found.rotatedAt !== null || found.expiresAt * 1000 <= ports.clock()) return undefined;
  const { family, issuedAt, expiresAt } = found;
  if (found.person?.status !== "active" || !(await isActiveClient(family.clientId, ports))) return undefined;
  return {
    active: true,
    client_id: family.clientId,
    token_type: "refresh_token",
    sub: family.personId,
    scope: family.scope.join(" "),
    iat: issuedAt,
    exp: expiresAt,
  };
}

/** Tells whether the client exists and is active. The answer may be two seconds old. */
async function isActiveClient(clientId: string, { clients }: TokenStatePorts): Promise<boolean> {
  return (await clients.findById(clientId))?.status === "active";
}
