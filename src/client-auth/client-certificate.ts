import { readFacts, findValidityFault } from "../x509/facts";
import type { Authenticator } from "../engine/authenticate";
import type { ClientRegistry, RemoteKeys } from "../engine/ports/clients";
import { Refusal } from "../engine/refusal";
import type { Client } from "../engine/client";
import { isPlausibleId } from "./client-secret";
import { checkRegisteredCertificate } from "./self-signed-tls-client-auth";
import { checkCertificateSubject } from "./tls-client-auth";

export interface ClientCertificatePorts {
  clients: ClientRegistry;
  remoteKeys: RemoteKeys;
}

/**
 * RFC 8705 §2: the certificate whose key the caller holds authenticates the client that `client_id` names. The client's
 * registration decides which of the two methods is used.
 */
export function makeClientCertificate({ clients, remoteKeys }: ClientCertificatePorts): Authenticator<"client_certificate"> {
  return async ({ clientId, certificate }, context) => {
    const client = isPlausibleId(clientId) ? await clients.findById(clientId) : undefined;
    if (client === undefined) throw new Refusal("invalid_client", "unknown client");
    // A connection may have a certificate for other reasons than the client's authentication.
    if (isPublic(client)) return { client, method: "none" };
    const facts = readPresentedFacts(certificate, client.id);
    const fault = findValidityFault(facts, context.now);
    if (fault !== undefined) throw new Refusal("invalid_client", `the certificate presented for client ${client.id} ${fault}`);
    if (client.authMethods.includes("tls_client_auth")) {
      checkCertificateSubject(client, certificate, facts);
      return { client, method: "tls_client_auth" };
    }
    if (client.authMethods.includes("self_signed_tls_client_auth")) {
      await checkRegisteredCertificate(client, certificate, facts, remoteKeys, context);
      return { client, method: "self_signed_tls_client_auth" };
    }
    throw new Refusal("invalid_client", `client ${client.id} is not registered for authentication by certificate`);
  };
}

/** Whether a client can only say who it is. */
function isPublic({ authMethods }: Client): boolean {
  return authMethods.every((method) => method === "none");
}

function readPresentedFacts(certificate: Parameters<typeof readFacts>[0], clientId: string): ReturnType<typeof readFacts> {
  try {
    return readFacts(certificate);
  } catch (cause) {
    throw new Refusal("invalid_client", `the certificate presented for client ${clientId} is malformed`, { cause });
  }
}
