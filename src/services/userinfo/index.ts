import type { operations } from "../../../generated/services/userinfo";
import { isBearer, readBearer } from "../../http/authorization-header";
import { mustBeHolder } from "../../engine/proof-of-possession";
import type { Contracts } from "../../engine/contracts";
import { involvesPerson } from "../../engine/grants";
import { type PersonClaims, selectPersonClaims } from "../../engine/person-claims";
import type { People } from "../../engine/ports/people";
import type { LedgerReader, LedgerRecord } from "../../engine/ports/ledger";
import type { TokenVerifier } from "../../engine/ports/keys";
import { invalidRequest, Refusal } from "../../engine/refusal";
import type { Person } from "../../engine/person";
import type { ClientCertificate } from "../../engine/token-request";
import type { Clock } from "../../engine/client";
import { noCorrelation } from "../../http/api";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf, RequestOf } from "../../http/typed";
import { uncached } from "../../http/uncached";
import type { Service, ServiceDefinition } from "../service";
import { refuseGet, refusePost } from "./refuse";

type ReadUserInfo = operations["readUserInfo"];
type ReadUserInfoByPost = operations["readUserInfoByPost"];

export interface UserInfoPorts {
  issuer: string;
  contracts: Contracts;
  verifier: TokenVerifier;
  ledger: LedgerReader;
  people: People;
  clock: Clock;
}

/** OIDC Core §5.3: the claims about a person that the scope of an access token allows. */
function makeUserInfo(ports: UserInfoPorts): Service<operations> {
  async function readUserInfo(
    request: RequestOf<ReadUserInfo> | RequestOf<ReadUserInfoByPost>,
    exchange: Exchange,
  ): Promise<Extract<ReplyOf<ReadUserInfo>, { status: 200 }>> {
    const token = readAccessToken(request);
    if (token === undefined) throw new Refusal("invalid_client", "no bearer token was presented");
    const record = await findActiveToken(token, request.certificate, ports);
    exchange.note.client = record.clientId;
    exchange.note.jti = record.jti;
    const scope = record.scope.split(" ");
    if (!scope.includes("openid")) throw new Refusal("invalid_scope", `token ${record.jti} lacks the scope openid`);
    const person = await findPerson(record, ports.people);
    const body: PersonClaims & { sub: string } = { ...selectPersonClaims(person, scope), sub: person.id };
    return { status: 200, headers: uncached, body };
  }

  return {
    correlation: noCorrelation,
    endpoints: {
      readUserInfo: { handle: readUserInfo, refuse: refuseGet, reads: true, readableFrom: "registered origins" },
      readUserInfoByPost: { handle: readUserInfo, refuse: refusePost, reads: true, readableFrom: "registered origins" },
    },
  };
}

export default { make: makeUserInfo } satisfies ServiceDefinition<operations, UserInfoPorts>;

/**
 * Reads the access token from the header or the form (RFC 6750 §2.1, §2.2). @returns undefined if there is none
 * @throws Refusal `invalid_request` if there is one in each (RFC 6750 §2)
 */
function readAccessToken({ headers, body }: RequestOf<ReadUserInfo> | RequestOf<ReadUserInfoByPost>): string | undefined {
  const inForm = body?.access_token;
  if (inForm === undefined) return readBearer(headers.authorization);
  if (!isBearer(headers.authorization)) return inForm;
  const message = "Send the access token in the header or in the form, not in both";
  throw invalidRequest("two access tokens", { in: "body", path: ["access_token"], rule: "exactly_one", message });
}

/** @throws Refusal `invalid_grant` unless it is a valid access token of this server */
async function findActiveToken(token: string, certificate: ClientCertificate | undefined, ports: UserInfoPorts): Promise<LedgerRecord> {
  const verified = await ports.verifier.verify(token);
  if (verified === undefined) throw new Refusal("invalid_grant", "the bearer token is no access token of ours");
  const { jti, expiresAt, claims } = verified;
  if (expiresAt * 1000 <= ports.clock()) throw new Refusal("invalid_grant", `token ${jti} has expired`);
  mustBeHolder(claims, certificate);
  const record = await ports.ledger.find(verified);
  if (record === undefined) throw new Refusal("invalid_grant", `token ${jti} is not in the ledger`);
  if (record.revokedAt !== null) throw new Refusal("invalid_grant", `token ${jti} is revoked, or its key is withdrawn`);
  if (record.statuses.client !== "active") throw new Refusal("invalid_grant", `the client of token ${jti} is gone or disabled`);
  mustServeHere(claims.aud, record, ports);
  return record;
}

/**
 * Only tokens of contracts that identify persons serve here. Of those the audience must be this server or, where the contract
 * has it so, the client that the token was issued to (RFC 9068 §4).
 */
function mustServeHere(audience: unknown, { jti, contract, clientId }: LedgerRecord, { contracts, issuer }: UserInfoPorts): void {
  if (contracts.get(contract)?.identifiesPersons !== true)
    throw new Refusal("invalid_grant", `token ${jti} is of ${contract}, which identifies no persons`);
  const audiences: unknown[] = Array.isArray(audience) ? audience : [audience];
  if (!audiences.includes(issuer) && !audiences.includes(clientId))
    throw new Refusal("invalid_grant", `token ${jti} is for another audience`);
}

async function findPerson({ jti, grant, subject }: LedgerRecord, people: People): Promise<Person> {
  const person = involvesPerson(grant) ? await people.findById(subject) : undefined;
  if (person === undefined) throw new Refusal("invalid_grant", `there is no person behind token ${jti}`);
  if (person.status !== "active") throw new Refusal("invalid_grant", `person ${person.id} is disabled`);
  return person;
}
