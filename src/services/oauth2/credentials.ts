import { secretCredentials } from "../../client-auth/secret-credentials";
import { invalidRequest } from "../../engine/refusal";
import type { Credential } from "../../engine/types";

/** The parameters of a form that can prove a client. */
export interface CredentialForm {
  client_id?: string;
  client_secret?: string;
  client_assertion?: string;
  client_assertion_type?: string;
}

/**
 * Every credential a request carries, by header or form. That there is just one is for the engine to see to.
 * @throws Refusal `invalid_request` for an assertion without its type or the reverse, `invalid_client` for a broken Basic header
 */
export function credentialsOf(authorization: string | undefined, form: CredentialForm): Credential[] {
  return [...secretCredentials(authorization, form), ...assertionOf(form)];
}

function assertionOf({ client_id, client_assertion, client_assertion_type }: CredentialForm): Credential[] {
  if (client_assertion === undefined && client_assertion_type === undefined) return [];
  if (client_assertion === undefined || client_assertion_type === undefined) {
    const missing = client_assertion === undefined ? "client_assertion" : "client_assertion_type";
    throw invalidRequest(`${missing} is missing`, { in: "body", path: [missing], rule: "required", message: `${missing} is required` });
  }
  return [{ method: "private_key_jwt", assertion: client_assertion, clientId: client_id }];
}
