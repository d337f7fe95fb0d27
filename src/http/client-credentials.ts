import { decodeClientAssertion } from "../client-auth/assertion";
import { invalidRequest, type Refusal } from "../engine/refusal";
import type { ClientCertificate, Credential } from "../engine/token-request";
import { readSecretCredentials } from "./authorization-header";

/** The parameters of a form that say, or prove, which client sent it. */
export interface CredentialForm {
  client_id?: string | undefined;
  client_secret?: string | undefined;
  client_assertion?: string | undefined;
  client_assertion_type?: string | undefined;
}

/** A request, as far as it can prove a client. */
export interface CredentialRequest {
  headers: { authorization?: string | undefined };
  body: CredentialForm;
  certificate: ClientCertificate | undefined;
}

/**
 * Reads every credential of a form request, by header or form; the engine sees to it that there is just one. The certificate
 * of the connection is a credential only where there is no other, for many connections have one for other reasons. Without
 * any, a client can only say who it is.
 * @throws Refusal `invalid_request` for an assertion without its type or the reverse (RFC 7521 §4.2), or for a certificate
 *   alone without a client id; `invalid_client` for a broken Basic header
 */
export function readClientCredentials({ headers, body, certificate }: CredentialRequest): Credential[] {
  const others = [...readSecretCredentials(headers.authorization, body), ...readAssertion(body)];
  if (others.length > 0) return others;
  const { client_id: clientId } = body;
  if (certificate === undefined) return clientId === undefined ? [] : [{ method: "none", clientId }];
  if (clientId === undefined) throw missingParameter("client_id");
  return [{ method: "client_certificate", clientId, certificate }];
}

function readAssertion({ client_id, client_assertion, client_assertion_type }: CredentialForm): Credential[] {
  if (client_assertion === undefined && client_assertion_type === undefined) return [];
  if (client_assertion === undefined || client_assertion_type === undefined) {
    throw missingParameter(client_assertion === undefined ? "client_assertion" : "client_assertion_type");
  }
  return [{ method: "private_key_jwt", assertion: decodeClientAssertion(client_assertion), clientId: client_id }];
}

/** A form in which the assertion may also come as `assertion`. */
export type AliasedForm = CredentialForm & { assertion?: string | undefined };

/**
 * Brings an assertion that came as `assertion` under its usual name.
 * @throws Refusal `invalid_request` if it came under both names
 */
export function mergeAssertionNames(form: AliasedForm): CredentialForm {
  const { assertion, client_assertion = assertion } = form;
  if (assertion === undefined || form.client_assertion === undefined) return { ...form, client_assertion };
  const message = "Send the assertion as assertion or as client_assertion, not as both";
  throw invalidRequest("assertion and client_assertion", { in: "body", path: ["client_assertion"], rule: "exactly_one", message });
}

/** A parameter that the request lacks. */
export function missingParameter(name: string): Refusal {
  return invalidRequest(`${name} missing`, { in: "body", path: [name], rule: "required", message: `${name} is required` });
}
