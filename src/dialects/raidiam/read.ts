import type { operations } from "../../../generated/raidiam";
import { invalidRequest, type Problem, Refusal } from "../../engine/refusal";
import type { Credential, GrantRequest, TokenRequest } from "../../engine/types";
import type { RequestOf } from "../../spec/typed";
import { scopeList } from "../scope-list";
import { secretCredentials } from "../../client-auth/secret-credentials";

type Request = RequestOf<operations["issueToken"]>;
type Form = Request["body"];
type Name = "client_id" | "client_assertion_type" | "client_assertion";

/** What belongs to an assertion in the form; one without the other proves nothing (RFC 7521 §4.2). */
const pair: readonly Name[] = ["client_assertion_type", "client_assertion"];

export function read({ headers, body, certificate }: Request): TokenRequest {
  const assertion = assertionOf(body);
  const others = [...secretCredentials(headers.authorization, body), ...(assertion === undefined ? [] : [assertion])];
  return { credentials: credentialsOf(body, others, certificate), grant: grantOf(body), certificate };
}

function grantOf(body: Form): GrantRequest {
  if (body.grant_type !== "urn:ietf:params:oauth:grant-type:device_code") {
    return { type: "client_credentials", scope: scopeList(body.scope) };
  }
  if (body.device_code === undefined) throw invalidRequest("device_code missing", required("device_code"));
  return { type: "device_code", deviceCode: body.device_code };
}

/**
 * A certificate alone proves a client; beside an assertion it only binds the token (RFC 8705 §3), unless the grant type
 * says that it is the proof: then there are two. Without either, a client can only say who it is.
 */
function credentialsOf(body: Form, others: readonly Credential[], certificate: Request["certificate"]): Credential[] {
  const byCertificate = body.grant_type === "tls_client_auth";
  if (others.length > 0 && !byCertificate) return [...others];
  const { client_id: clientId } = body;
  if (certificate === undefined) {
    if (byCertificate) throw new Refusal("invalid_client", "tls_client_auth without a certificate");
    return clientId === undefined ? [] : [{ method: "none", clientId }];
  }
  if (clientId === undefined) throw invalidRequest("client_id missing beside a certificate", required("client_id"));
  return [...others, { method: "client_certificate", clientId, certificate }];
}

/** The assertion under either of its names, and never under both. */
function assertionOf(body: Form): Credential | undefined {
  if (body.assertion !== undefined && body.client_assertion !== undefined) throw assertedTwice();
  const form = { ...body, client_assertion: body.client_assertion ?? body.assertion };
  const missing = neededBy(form).filter((name) => form[name] === undefined);
  if (missing.length > 0) throw invalidRequest(`${missing.join(", ")} missing`, ...missing.map(required));
  const { client_assertion: assertion, client_id: clientId } = form;
  return assertion === undefined ? undefined : { method: "private_key_jwt", assertion, clientId };
}

/** `private_key_jwt` as the grant type demands what is optional elsewhere. */
function neededBy(form: { grant_type: string } & Partial<Record<Name, string | undefined>>): readonly Name[] {
  if (form.grant_type === "private_key_jwt") return ["client_id", ...pair];
  return pair.some((name) => form[name] !== undefined) ? pair : [];
}

function required(name: string): Problem {
  return { in: "body", path: [name], rule: "required", message: `${name} is required` };
}

function assertedTwice(): Refusal {
  const message = "Send the assertion as assertion or as client_assertion, not as both";
  return invalidRequest("assertion and client_assertion", { in: "body", path: ["client_assertion"], rule: "exactly_one", message });
}
