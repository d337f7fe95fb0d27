import type { Authenticate, Authenticated } from "./authenticate";
import type { Decide } from "./decide";
import type { Mint } from "./mint";
import type { TokenFamilies } from "./ports/codes";
import type { Ledger, LedgerEntry } from "./ports/ledger";
import { type AssertionUse, ReuseDetected, type Spending } from "./redemption";
import { Refusal } from "./refusal";
import type { OpensAt } from "./working-hours";
import type { IssueContext } from "./issue-context";
import type { ContractPolicy } from "./policy";
import type { Decision, Issued } from "./decision";
import type { TokenRequest } from "./token-request";
import type { Client, Clock, SigningAlgorithm } from "./client";

/** One contract as the engine serves it. */
export interface ServedContract {
  name: string;
  policy: ContractPolicy;
  /** The policy's algorithm, unless the configuration chose another. */
  algorithm: SigningAlgorithm;
  /** What a client assertion may name as its audience. */
  audiences: readonly string[];
  /** Working hours; undefined if it is always open. */
  opensAt?: OpensAt | undefined;
}

export interface IssuePorts {
  authenticate: Authenticate;
  decide: Decide;
  mint: Mint;
  ledger: Ledger;
  families: TokenFamilies;
  clock: Clock;
}

/**
 * Serves a token request from any contract: authenticate, decide, mint, record.
 * @throws Refusal for anything that is wrong with the request, Unavailable if the database cannot be reached
 */
export function makeIssue(ports: IssuePorts) {
  return async function issue(request: TokenRequest, contract: ServedContract, { note, source, caller }: IssueContext): Promise<Issued> {
    const now = ports.clock();
    try {
      note.grant = request.grant.type;
      mustBeOpen(contract, now);

      // 1. Authenticate the client.
      const admission = { methods: contract.policy.authMethods, admits: (client: Client) => client.contracts.includes(contract.name) };
      const context = { now, audiences: contract.audiences, source, caller };
      const authenticated = await ports.authenticate(request.credentials, admission, context);
      note.client = authenticated.client.id;

      // 2. Decide whether it may have this token.
      const decision = bindToCertificate(
        await ports.decide(request.grant, { client: authenticated.client, contract: contract.name, policy: contract.policy, now }),
        authenticated,
        request,
      );

      // 3. Mint the token.
      const issued = await ports.mint(decision, contract.policy, contract.algorithm, now);

      // 4. Commit it to the ledger and spend what it was requested with, in one transaction. Only then may the client see it.
      const entry = makeLedgerEntry(issued, contract.name);
      const outcome = await ports.ledger.record(entry, addAssertion(decision.spends, authenticated.spends), caller);
      if (outcome === "replayed") throw new Refusal("invalid_client", `client ${issued.client.id} used an assertion a second time`);
      if (outcome === "spent") throw makeSpentRefusal(decision);
      note.jti = issued.jti;
      return issued;
    } catch (thrown) {
      // A caller that was answered already may have sent its request again: then its own second try is what used the code.
      if (thrown instanceof ReuseDetected && !caller.gone) await ports.families.revoke(thrown.familyId, Math.floor(now / 1000));
      throw thrown;
    }
  };
}

/** Adds the assertion that authenticated the client to what the grant spends, which may include an assertion too. */
function addAssertion(spends: Spending | undefined, own: AssertionUse | undefined): Spending | undefined {
  return own === undefined ? spends : { ...spends, assertions: [own, ...(spends?.assertions ?? [])] };
}

function makeSpentRefusal({ client, grant, spends }: Decision): Refusal {
  const detail = `client ${client.id} presented something for ${grant} that had been used before`;
  const familyId = findFamilyId(spends);
  // A device that collects twice is most often one whose answer was lost. Its second try has begun no family that could end.
  const endsFamily = familyId !== undefined && spends?.redemption?.kind !== "device_code";
  return endsFamily ? new ReuseDetected(detail, familyId) : new Refusal("invalid_grant", detail);
}

/** @throws Refusal `outside_hours` for any request outside the contract's working hours */
function mustBeOpen({ name, opensAt }: ServedContract, now: number): void {
  const opening = opensAt?.(now);
  if (opening === undefined) return;
  throw new Refusal("outside_hours", `${name} is closed until ${new Date(opening).toISOString()}`, {
    retryAfterSeconds: Math.max(1, Math.ceil((opening - now) / 1000)),
  });
}

/**
 * Binds the token to the client's certificate (RFC 8705 §3) if the client authenticated with it, or is registered for bound
 * tokens.
 */
function bindToCertificate(decision: Decision, { client, method }: Authenticated, { certificate }: TokenRequest): Decision {
  const byCertificate = method === "tls_client_auth" || method === "self_signed_tls_client_auth";
  if (!byCertificate && !client.certificateBoundTokens) return decision;
  if (certificate === undefined)
    throw new Refusal("invalid_client", `client ${client.id} gets bound tokens only and came without a certificate`);
  return { ...decision, certificateThumbprint: certificate.thumbprint };
}

function makeLedgerEntry(issued: Issued, contract: string): LedgerEntry {
  const family = issued.family?.id ?? undefined;
  return {
    jti: issued.jti,
    issuedAt: issued.issuedAt,
    expiresAt: issued.expiresAt,
    contract,
    clientId: issued.client.id,
    grant: issued.grant,
    subject: issued.subject.id,
    actor: issued.actor?.id ?? null,
    scope: issued.scope.join(" "),
    ...(family === undefined ? {} : { family }),
    ...(issued.steppedUpUntil === undefined ? {} : { steppedUpUntil: issued.steppedUpUntil }),
  };
}

/** Returns the id of the family that a second use of the same thing revokes, if any. */
function findFamilyId(spends: Spending | undefined): string | undefined {
  const redemption = spends?.redemption;
  return redemption !== undefined && "family" in redemption ? redemption.family.id : undefined;
}

export type Issue = ReturnType<typeof makeIssue>;
