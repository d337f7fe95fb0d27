import {
  type AliasedForm,
  type CredentialForm,
  type CredentialRequest,
  mergeAssertionNames,
  missingParameter,
  readClientCredentials,
} from "../../http/client-credentials";
import { invalidRequest, type Problem, Refusal } from "../../engine/refusal";
import type { Credential } from "../../engine/token-request";

/**
 * Reads every credential of a request. A certificate beside an assertion only binds the token (RFC 8705 §3), unless the
 * request demands authentication by certificate: then it counts as a second credential.
 * @param demanded the kind of credential that the request itself demands, if any
 * @throws Refusal what `readClientCredentials` and `mergeAssertionNames` throw; `invalid_client` for a certificate that is demanded and missing
 */
export function readCredentials(
  { headers, body, certificate }: CredentialRequest & { body: AliasedForm },
  demanded?: "assertion" | "certificate",
): Credential[] {
  const form = mergeAssertionNames(body);
  if (demanded === "assertion") mustHaveAssertion(form);
  const credentials = readClientCredentials({ headers, body: form, certificate });
  if (demanded !== "certificate") return credentials;
  if (certificate === undefined) throw new Refusal("invalid_client", "tls_client_auth without a certificate");
  if (form.client_id === undefined) throw missingParameter("client_id");
  const others = credentials.filter(({ method }) => method !== "client_certificate");
  return [...others, { method: "client_certificate", clientId: form.client_id, certificate }];
}

function mustHaveAssertion(form: CredentialForm): void {
  const missing = (["client_id", "client_assertion_type", "client_assertion"] as const).filter((name) => form[name] === undefined);
  if (missing.length > 0) throw invalidRequest(`${missing.join(", ")} missing`, ...missing.map(makeRequiredProblem));
}

function makeRequiredProblem(name: string): Problem {
  return { in: "body", path: [name], rule: "required", message: `${name} is required` };
}
