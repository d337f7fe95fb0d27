import { type Addresses, listAudiences, type Authenticate } from "../../engine/authenticate";
import type { AssertionUse } from "../../engine/redemption";
import { Refusal } from "../../engine/refusal";
import type { IssueNote } from "../../engine/issue-context";
import type { AuthMethod, Client, Clock, ServiceName } from "../../engine/client";
import { type CredentialRequest, readClientCredentials } from "../../http/client-credentials";

export interface AdmitPorts extends Addresses {
  authenticate: Authenticate;
  clock: Clock;
}

/** How a caller may prove itself here: in every way that a client can be registered for and that proves anything. */
export const serviceAuthMethods: readonly AuthMethod[] = [
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
  "tls_client_auth",
  "self_signed_tls_client_auth",
];

/** A client that was let in, and the assertion it proved itself with, which is still to be spent before anything is answered. */
export interface AdmittedClient {
  client: Client;
  spends: AssertionUse | undefined;
}

/**
 * Lets in a client that is registered for the service, by any method it is registered for. An assertion is not spent here:
 * neither a refusal for another reason nor a fault may burn it.
 * @param endpoint path of the endpoint, for the assertion's audience
 * @throws Refusal `invalid_client`, `client_disabled`, `unauthorized_client`, `invalid_request`
 */
export function makeAdmit(ports: AdmitPorts) {
  return async function admit(
    service: ServiceName,
    endpoint: string,
    request: CredentialRequest & { source: string },
    note: IssueNote,
  ): Promise<AdmittedClient> {
    const credentials = readClientCredentials(request);
    const context = { now: ports.clock(), audiences: listAudiences(endpoint, ports), source: request.source };
    const { client, spends } = await ports.authenticate(credentials, { methods: serviceAuthMethods, admits: () => true }, context);
    note.client = client.id;
    note.grant = service;
    if (!client.services.includes(service))
      throw new Refusal("unauthorized_client", `client ${client.id} is not registered for ${service}`);
    return { client, spends };
  };
}

export function makeReplayRefusal(client: Client): Refusal {
  return new Refusal("invalid_client", `client ${client.id} used an assertion a second time`);
}

export type Admit = ReturnType<typeof makeAdmit>;
