import { type Addresses, audiencesAt, type Authenticate, type Authenticated } from "./authenticate";
import type { Decide } from "./decide";
import type { Mint } from "./mint";
import type { TokenFamilies } from "./person-ports";
import type { Ledger, LedgerEntry } from "./ports";
import { Refusal } from "./refusal";
import type { OpensAt } from "./working-hours";
import type { Clock, Decision, DialectPolicy, Issued, IssueNote, SigningAlgorithm, TokenRequest } from "./types";

/** One contract as the engine serves it. */
export interface ServedDialect {
  name: string;
  policy: DialectPolicy;
  /** The policy's algorithm, unless the configuration chose another. */
  algorithm: SigningAlgorithm;
  /** Of its token endpoint. */
  path: string;
  /** Undefined: it is always open. */
  opensAt?: OpensAt | undefined;
}

export interface IssuePorts extends Addresses {
  authenticate: Authenticate;
  decide: Decide;
  mint: Mint;
  ledger: Ledger;
  families: TokenFamilies;
  clock: Clock;
}

/**
 * The whole life of a token request, for every contract.
 * @param note is told who asked and for what, as soon as that is known
 * @param source address that the request came from
 * @throws Refusal for anything that is wrong with the request, Unavailable if the database is away
 */
export function makeIssue(ports: IssuePorts) {
  return async function issue(request: TokenRequest, dialect: ServedDialect, note: IssueNote, source: string): Promise<Issued> {
    const now = ports.clock();
    note.grant = request.grant.type;
    mustBeOpen(dialect, now);

    // 1. Who is asking?
    const admission = { methods: dialect.policy.authMethods, admits: registeredFor(dialect.name) };
    const context = { now, audiences: audiencesAt(dialect.path, ports), source };
    const authenticated = await ports.authenticate(request.credentials, admission, context);
    note.client = authenticated.client.id;

    // 2. May it have this?
    const decision = bound(await ports.decide(authenticated.client, request.grant, dialect, now), authenticated, request);

    // 3. Make the token.
    const issued = await ports.mint(decision, dialect.policy, dialect.algorithm, now);

    // 4. Commit it to the ledger, using up what it was asked for with in the same transaction; only then may anyone see it.
    const entry = entryOf(issued, dialect.name);
    const spends = authenticated.spends ?? decision.spends;
    const outcome = await (decision.redeems === undefined
      ? ports.ledger.record(entry, spends)
      : ports.ledger.redeem(entry, decision.redeems, spends));
    if (outcome === "replayed") throw new Refusal("invalid_client", `client ${issued.client.id} used an assertion a second time`);
    if (outcome === "spent") throw await usedTwice(decision, now);
    note.jti = issued.jti;
    return issued;
  };

  /** Of two who hold the same thing one is a thief: what the first use produced ends too (RFC 6749 §4.1.2, RFC 9700 §4.14.2). */
  async function usedTwice({ client, grant, redeems }: Decision, now: number): Promise<Refusal> {
    if (redeems !== undefined && "family" in redeems) await ports.families.revoke(redeems.family.id, Math.floor(now / 1000));
    return new Refusal("invalid_grant", `client ${client.id} presented something for ${grant} that had been used before`);
  }
}

/** Whoever asks, and whatever for. */
function mustBeOpen({ name, opensAt }: ServedDialect, now: number): void {
  const opening = opensAt?.(now);
  if (opening === undefined) return;
  throw new Refusal("outside_hours", `${name} is closed until ${new Date(opening).toISOString()}`, {
    retryAfterSeconds: Math.max(1, Math.ceil((opening - now) / 1000)),
  });
}

/** Tokens of a client that proved itself by certificate, or is registered so, serve only with that certificate (RFC 8705 §3). */
function bound(decision: Decision, { client, method }: Authenticated, { certificate }: TokenRequest): Decision {
  const byCertificate = method === "tls_client_auth" || method === "self_signed_tls_client_auth";
  if (!byCertificate && !client.certificateBoundTokens) return decision;
  if (certificate === undefined)
    throw new Refusal("invalid_client", `client ${client.id} gets bound tokens only and came without a certificate`);
  return { ...decision, certificateThumbprint: certificate.thumbprint };
}

function entryOf(issued: Issued, dialect: string): LedgerEntry {
  const { redeems } = issued;
  return {
    jti: issued.jti,
    issuedAt: issued.issuedAt,
    expiresAt: issued.expiresAt,
    dialect,
    clientId: issued.client.id,
    grant: issued.grant,
    subject: issued.subject.id,
    actor: issued.actor?.id ?? null,
    scope: issued.scope.join(" "),
    ...(redeems !== undefined && "family" in redeems ? { family: redeems.family.id } : {}),
  };
}

function registeredFor(dialect: string): (client: { dialects: readonly string[] }) => boolean {
  return (client) => client.dialects.includes(dialect);
}

export type Issue = ReturnType<typeof makeIssue>;
