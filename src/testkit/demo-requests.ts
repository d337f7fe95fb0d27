import { callbackPath, type DemoFacts, type DemoRequest, toOwnRedirectUri } from "../contracts/demo";
import type { WiredContract } from "../contracts/wire";
import type { Clock } from "../engine/client";
import type { SecretDigest } from "../engine/ports/clients";
import { type CodeWish, issueConsentedCode } from "../pages/authorize/consented-code";
import { makeSecret } from "../secrets/secret";
import { makeClientRegistry } from "../store/clients/registry";
import { makeRegisteredScopes } from "../store/clients/scopes";
import type { Database } from "../store/database";
import { makeAuthorizationCodes } from "../store/people/authorization-codes";
import { makeConsents } from "../store/people/consents";
import { makePeople } from "../store/people/people";
import { makeSessions } from "../store/people/sessions";
import type { SeededClient, SeededPerson, SeededUser } from "./seed";
import { encodeRequest, type EncodedRequest, sendRequest } from "./send-request";

export interface DemoRequestPorts {
  contracts: readonly WiredContract[];
  clients: Readonly<Record<string, SeededClient>>;
  person: SeededPerson;
  user: SeededUser;
  database: Database;
  digest: SecretDigest;
  clock: Clock;
  url: string;
  issuer: string;
}

/**
 * Makes the demo request of a contract real: with the seeded credentials, and with a new assertion or code if it has one.
 * @param facts replace those of the kit, for a request that must be refused
 * @throws Error if there is no such contract
 */
export type MakeDemoRequest = (contract: string, facts?: Partial<DemoFacts>) => Promise<EncodedRequest>;

export function makeDemoRequests(ports: DemoRequestPorts): MakeDemoRequest {
  return async (name, replaced = {}) => {
    const contract = ports.contracts.find((each) => each.name === name);
    const client = ports.clients[name];
    if (contract === undefined || client === undefined) throw new Error(`there is no contract ${name}`);
    const codes: Promise<void>[] = [];
    const { url, issuer, person, user } = ports;
    const request = await contract.demo.request({
      ...{ url, issuer, person, clientId: client.clientId, secret: client.secret, callback: toOwnRedirectUri(callbackPath, issuer) },
      user: { ...user, identityId: user.identities[0]?.id ?? "", identityType: "CORPORATE" },
      assertion: (audience) => client.assertion(audience),
      code: (wish) => {
        const code = makeSecret("authorization_code");
        codes.push(storeCode(ports, { clientId: client.clientId, ...wish }, code));
        return code;
      },
      readAnswer: (before, member) => readAnswer(url, before, member),
      ...replaced,
    });
    await Promise.all(codes);
    return encodeRequest(request);
  };
}

async function storeCode({ contracts, person, database, digest, clock }: DemoRequestPorts, wish: CodeWish, code: string): Promise<void> {
  const ports = {
    digest,
    contracts: new Map(contracts.map(({ name, policy }) => [name, policy])),
    authorizationCodes: makeAuthorizationCodes(database),
    clients: makeClientRegistry({ database, clock }),
    consents: makeConsents(database),
    registeredScopes: makeRegisteredScopes(database),
    sessions: makeSessions(database),
  };
  const { passwordHash = "" } = (await makePeople(database).byEmail(person.email)) ?? {};
  const stored = await issueConsentedCode(ports, wish, { personId: person.id, passwordHash }, clock(), code);
  if (stored === undefined) throw new Error(`${person.email} may not log in, so there is no authorization code`);
}

async function readAnswer(url: string, request: DemoRequest, member: string): Promise<string> {
  const { status, text } = await sendRequest(url, encodeRequest(request));
  const value = status < 300 ? (JSON.parse(text) as Record<string, unknown>)[member] : undefined;
  if (typeof value !== "string") throw new Error(`${request.path} answered ${status} without a ${member}: ${text}`);
  return value;
}
