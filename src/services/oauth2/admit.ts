import { type Addresses, listAudiences, type Authenticate } from "../../engine/authenticate";
import type { AssertionUse } from "../../engine/redemption";
import { Refusal } from "../../engine/refusal";
import type { AuthMethod, Client, Clock, ServiceName } from "../../engine/client";
import type { Exchange } from "../../http/exchange";
import { type CredentialRequest, readClientCredentials } from "../../http/client-credentials";

export interface AdmitPorts extends Addresses {
  authenticate: Authenticate;
  clock: Clock;
}

const provingMethods = [
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
  "tls_client_auth",
  "self_signed_tls_client_auth",
] as const satisfies readonly AuthMethod[];

/** How a caller may authenticate at each endpoint. A public client only names itself, which is enough to revoke a token of its own (RFC 7009 §2.1). */
export const serviceAuthMethods: Readonly<Record<ServiceName, readonly AuthMethod[]>> = {
  introspection: provingMethods,
  revocation: [...provingMethods, "none"],
};

/** Services that a client may use only if it is registered for them. */
const restrictedServices: readonly ServiceName[] = ["introspection"];

/** An admitted client, and the assertion that authenticated it, which must be spent before the answer. */
export interface AdmittedClient {
  client: Client;
  spends: AssertionUse | undefined;
}

/**
 * Admits a client that may use the service, by any method it is registered for. An assertion is not spent here, so
 * that the client can use it again after a refusal for another reason or a failure.
 * @throws Refusal `invalid_client`, `client_disabled`, `unauthorized_client`, `invalid_request`
 */
export function makeAdmit(ports: AdmitPorts) {
  return async function admit(
    service: ServiceName,
    request: CredentialRequest & { source: string },
    { note, caller, path, audiences }: Exchange,
  ): Promise<AdmittedClient> {
    const credentials = readClientCredentials(request);
    const context = { now: ports.clock(), audiences: listAudiences(path, ports, audiences), source: request.source, caller };
    const { client, spends } = await ports.authenticate(credentials, { methods: serviceAuthMethods[service], admits: () => true }, context);
    note.client = client.id;
    note.grant = service;
    if (restrictedServices.includes(service) && !client.services.includes(service))
      throw new Refusal("unauthorized_client", `client ${client.id} is not registered for ${service}`);
    return { client, spends };
  };
}

export function makeReplayRefusal(client: Client): Refusal {
  return new Refusal("invalid_client", `client ${client.id} used an assertion a second time`);
}

export type Admit = ReturnType<typeof makeAdmit>;
