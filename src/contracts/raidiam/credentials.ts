import { secretCredentials } from "../../http/authorization-header";
import { invalidRequest, type Problem, Refusal } from "../../engine/refusal";
import type { ClientCertificate, Credential } from "../../engine/token-request";

/** The parameters of a form that say, or prove, which client sent it. */
export interface ProofForm {
  client_id?: string | undefined;
  client_assertion_type?: string | undefined;
  assertion?: string | undefined;
  client_assertion?: string | undefined;
}

/** A request, as far as it proves a client. */
export interface Proof {
  headers: { authorization?: string | undefined };
  body: ProofForm;
  certificate: ClientCertificate | undefined;
}

type Name = "client_id" | "client_assertion_type" | "client_assertion";

/** What belongs to an assertion in the form; one without the other proves nothing (RFC 7521 §4.2). */
const pair: readonly Name[] = ["client_assertion_type", "client_assertion"];

/**
 * Every credential of a request. A certificate alone proves a client; beside an assertion it only binds the token
 * (RFC 8705 §3), unless it is demanded as the proof: then there are two. Without either, a client can only say who it is.
 * @param demanded the one proof that will do, where the request says so itself
 * @throws Refusal `invalid_request` for half an assertion, or one under both names, or a certificate without a client id;
 *   `invalid_client` for a certificate that is demanded and missing
 */
export function credentialsOf({ headers, body, certificate }: Proof, demanded?: "assertion" | "certificate"): Credential[] {
  const assertion = assertionOf(body, demanded === "assertion");
  const others = [...secretCredentials(headers.authorization, body), ...(assertion === undefined ? [] : [assertion])];
  if (others.length > 0 && demanded !== "certificate") return others;
  const { client_id: clientId } = body;
  if (certificate === undefined) {
    if (demanded === "certificate") throw new Refusal("invalid_client", "tls_client_auth without a certificate");
    return clientId === undefined ? [] : [{ method: "none", clientId }];
  }
  if (clientId === undefined) throw invalidRequest("client_id missing beside a certificate", required("client_id"));
  return [...others, { method: "client_certificate", clientId, certificate }];
}

/** The assertion under either of its names, and never under both. */
function assertionOf(body: ProofForm, demanded: boolean): Credential | undefined {
  if (body.assertion !== undefined && body.client_assertion !== undefined) throw assertedTwice();
  const form = { ...body, client_assertion: body.client_assertion ?? body.assertion };
  const begun = pair.some((name) => form[name] !== undefined);
  const needed: readonly Name[] = demanded ? ["client_id", ...pair] : begun ? pair : [];
  const missing = needed.filter((name) => form[name] === undefined);
  if (missing.length > 0) throw invalidRequest(`${missing.join(", ")} missing`, ...missing.map(required));
  const { client_assertion: assertion, client_id: clientId } = form;
  return assertion === undefined ? undefined : { method: "private_key_jwt", assertion, clientId };
}

export function required(name: string): Problem {
  return { in: "body", path: [name], rule: "required", message: `${name} is required` };
}

function assertedTwice(): Refusal {
  const message = "Send the assertion as assertion or as client_assertion, not as both";
  return invalidRequest("assertion and client_assertion", { in: "body", path: ["client_assertion"], rule: "exactly_one", message });
}
