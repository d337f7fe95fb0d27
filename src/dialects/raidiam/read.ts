import type { operations } from "../../../generated/raidiam";
import { invalidRequest, type Problem, Refusal } from "../../engine/refusal";
import type { Credential, TokenRequest } from "../../engine/types";
import type { RequestOf } from "../../spec/typed";
import { scopeList } from "../scope-list";
import { secretCredentials } from "../../client-auth/secret-credentials";

type Request = RequestOf<operations["issueToken"]>;
type Form = Request["body"];
type Name = "client_id" | "client_assertion_type" | "client_assertion";

/** What belongs to an assertion in the form; one without the other proves nothing (RFC 7521 §4.2). */
const pair: readonly Name[] = ["client_assertion_type", "client_assertion"];

export function read({ headers, body }: Request): TokenRequest {
  mustBeOffered(body.grant_type);
  const assertion = assertionOf(body);
  return {
    credentials: [...secretCredentials(headers.authorization, body), ...(assertion === undefined ? [] : [assertion])],
    grant: { type: "client_credentials", scope: scopeList(body.scope) },
  };
}

/**
 * Refused here rather than left to the engine, because a certificate or a device code comes without any credential that
 * the engine could look at first: the caller would be told that its authentication failed.
 */
function mustBeOffered(grantType: Form["grant_type"]): void {
  if (grantType === "client_credentials" || grantType === "private_key_jwt") return;
  throw new Refusal("unsupported_grant_type", `raidiam does not offer ${grantType} yet`);
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
