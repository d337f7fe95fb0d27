import type { operations } from "../../../generated/services/userinfo";
import { readBearer } from "../../http/authorization-header";
import { mustBeHolder } from "../../engine/proof-of-possession";
import { involvesPerson } from "../../engine/grants";
import { type PersonClaims, selectPersonClaims } from "../../engine/person-claims";
import type { People } from "../../engine/ports/people";
import type { LedgerReader, LedgerRecord } from "../../engine/ports/ledger";
import type { TokenVerifier } from "../../engine/ports/keys";
import { Refusal } from "../../engine/refusal";
import type { Person } from "../../engine/person";
import type { ClientCertificate } from "../../engine/token-request";
import type { Clock } from "../../engine/client";
import { noCorrelation } from "../../http/api";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf, RequestOf } from "../../http/typed";
import type { Service, ServiceDefinition } from "../service";
import { refuse } from "./refuse";

type ReadUserInfo = operations["readUserInfo"];

export interface UserInfoPorts {
  verifier: TokenVerifier;
  ledger: LedgerReader;
  people: People;
  clock: Clock;
}

/** OIDC Core §5.3: the claims about a person that the scope of an access token allows. */
function makeUserInfo(ports: UserInfoPorts): Service<operations> {
  async function readUserInfo(request: RequestOf<ReadUserInfo>, exchange: Exchange): Promise<ReplyOf<ReadUserInfo>> {
    const token = readBearer(request.headers.authorization);
    if (token === undefined) throw new Refusal("invalid_client", "no bearer token was presented");
    const record = await findActiveToken(token, request.certificate, ports);
    exchange.note.client = record.clientId;
    exchange.note.jti = record.jti;
    const scope = record.scope.split(" ");
    if (!scope.includes("openid")) throw new Refusal("invalid_scope", `token ${record.jti} lacks the scope openid`);
    const person = await findPerson(record, ports.people);
    const body: PersonClaims & { sub: string } = { ...selectPersonClaims(person, scope), sub: person.id };
    return { status: 200, headers: { "Cache-Control": "no-store" }, body };
  }

  return { correlation: noCorrelation, endpoints: { readUserInfo: { handle: readUserInfo, refuse } } };
}

export default { make: makeUserInfo } satisfies ServiceDefinition<operations, UserInfoPorts>;

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
  return record;
}

async function findPerson({ jti, grant, subject }: LedgerRecord, people: People): Promise<Person> {
  const person = involvesPerson(grant) ? await people.findById(subject) : undefined;
  if (person === undefined) throw new Refusal("invalid_grant", `there is no person behind token ${jti}`);
  if (person.status !== "active") throw new Refusal("invalid_grant", `person ${person.id} is disabled`);
  return person;
}
