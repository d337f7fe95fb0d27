import { secretCredentials } from "../../http/authorization-header";
import { invalidRequest, type Refusal } from "../../engine/refusal";
import type { ClientCertificate, Credential } from "../../engine/token-request";

/** The parameters of a form that can prove a client. */
export interface CredentialForm {
  client_id?: string;
  client_secret?: string;
  client_assertion?: string;
  client_assertion_type?: string;
}

/** A request, as far as it can prove a client. */
export interface Proof {
  headers: { authorization?: string | undefined };
  body: CredentialForm;
  certificate: ClientCertificate | undefined;
}

/**
 * Every credential a request carries, by header or form. That there is just one is for the engine to see to. The
 * certificate of the connection is one where there is no other: many connections have one for other reasons.
 * @throws Refusal `invalid_request` for an assertion without its type or the reverse, or a certificate alone without a
 *   client id; `invalid_client` for a broken Basic header
 */
export function credentialsOf({ headers, body, certificate }: Proof): Credential[] {
  const others = [...secretCredentials(headers.authorization, body), ...assertionOf(body)];
  if (others.length > 0 || certificate === undefined) return others;
  const { client_id: clientId } = body;
  if (clientId === undefined) throw missingParameter("client_id");
  return [{ method: "client_certificate", clientId, certificate }];
}

function assertionOf({ client_id, client_assertion, client_assertion_type }: CredentialForm): Credential[] {
  if (client_assertion === undefined && client_assertion_type === undefined) return [];
  if (client_assertion === undefined || client_assertion_type === undefined) {
    throw missingParameter(client_assertion === undefined ? "client_assertion" : "client_assertion_type");
  }
  return [{ method: "private_key_jwt", assertion: client_assertion, clientId: client_id }];
}

function missingParameter(name: string): Refusal {
  return invalidRequest(`${name} is missing`, { in: "body", path: [name], rule: "required", message: `${name} is required` });
}
