import type { Authenticate } from "./authenticate";
import type { Decide } from "./decide";
import type { Mint } from "./mint";
import type { Ledger } from "./ports";
import { Refusal } from "./refusal";
import type { Clock, DialectPolicy, Issued, IssueNote, SigningAlgorithm, TokenRequest } from "./types";

/** One contract as the engine serves it. */
export interface ServedDialect {
  name: string;
  policy: DialectPolicy;
  /** The policy's algorithm, unless the configuration chose another. */
  algorithm: SigningAlgorithm;
  /** Absolute URL of its token endpoint. */
  endpoint: string;
}

export interface IssuePorts {
  authenticate: Authenticate;
  decide: Decide;
  mint: Mint;
  ledger: Ledger;
  issuer: string;
  clock: Clock;
}

/**
 * The whole life of a token request, for every contract.
 * @param note is told who asked and for what, as soon as that is known
 * @throws Refusal for anything that is wrong with the request, Unavailable if the database is away
 */
export function makeIssue(ports: IssuePorts) {
  return async function issue(request: TokenRequest, dialect: ServedDialect, note: IssueNote): Promise<Issued> {
    const now = ports.clock();
    note.grant = request.grant.type === "unsupported" ? request.grant.name : request.grant.type;

    // 1. Who is asking?
    const admission = { methods: dialect.policy.authMethods, admits: registeredFor(dialect.name) };
    const context = { now, audiences: [ports.issuer, dialect.endpoint] };
    const { client, spends } = await ports.authenticate(request.credentials, admission, context);
    note.client = client.id;

    // 2. May it have this?
    const decision = await ports.decide(client, request.grant, dialect, now);

    // 3. Make the token.
    const issued = await ports.mint(decision, dialect.policy, dialect.algorithm, now);

    // 4. Commit it to the ledger, spending the assertion in the same statement; only then may anyone see the token.
    const outcome = await ports.ledger.record(
      {
        jti: issued.jti,
        issuedAt: issued.issuedAt,
        expiresAt: issued.expiresAt,
        dialect: dialect.name,
        clientId: client.id,
        grant: issued.grant,
        subject: issued.subject.id,
        actor: issued.actor?.id ?? null,
        scope: issued.scope.join(" "),
      },
      spends,
    );
    if (outcome === "replayed") throw new Refusal("invalid_client", `client ${client.id} used an assertion a second time`);
    note.jti = issued.jti;
    return issued;
  };
}

function registeredFor(dialect: string): (client: { dialects: readonly string[] }) => boolean {
  return (client) => client.dialects.includes(dialect);
}

export type Issue = ReturnType<typeof makeIssue>;
