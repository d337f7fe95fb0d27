import type { Credentials } from "./credentials";
import type { LocatedDecision } from "./decision";
import type { Field, VendorRequest } from "./request";
import { isNamed, joinWords } from "./words";

/** What requests of other grants carry (RFC 6749 §4.1.3, §4.3.2, §6; RFC 8693 §2.1; RFC 7523 §2.1). */
const otherGrants = [
  ...["username", "password", "email", "otp", "refreshtoken", "accesstoken", "code", "codeverifier", "devicecode"],
  ...["subjecttoken", "subjecttokentype", "actortoken", "actortokentype", "requestedtokentype", "assertion", "token", "tokensecret"],
];

/** Says why an operation got `client_credentials`. @param lacking its own grants */
export function explainAdded(lacking: readonly string[]): string {
  const forbidden = lacking.includes("password") ? ", and RFC 9700 §2.4 forbids the password grant" : "";
  const own = lacking.length === 0 ? "its own grant needs a person" : `the engine has none of ${joinWords(lacking)}${forbidden}`;
  return `added, so that there is a token: ${own}`;
}

/** Makes optional what only other grants carry: a client that asks with its own credentials has none of it (RFC 6749 §4.4.2). */
export function loosenOtherGrants(request: VendorRequest, credentials: Credentials, decisions: LocatedDecision[]): void {
  const kept = [credentials.clientId, credentials.clientSecret, credentials.key, credentials.assertion];
  const loosened = request.fields.filter((field) => field.required && isNamed(field.name, otherGrants) && !kept.includes(field));
  for (const field of loosened) loosen(request, field);
  if (loosened.length === 0) return;
  const pointer = ["paths", request.path, request.method, ...(request.body === undefined ? [] : ["requestBody"])];
  const value = `${joinWords(loosened.map(({ wire }) => wire))} optional`;
  const why = "client_credentials needs none of it (RFC 6749 §4.4.2); a client that sends it works as before";
  decisions.push({ what: "request", value, why, at: { file: "spec", pointer } });
}

function loosen({ body, operation }: VendorRequest, field: Field): void {
  field.required = false;
  if (field.in === "body" && body?.required !== undefined) {
    body.required = body.required.filter((name) => name !== field.wire);
    if (body.required.length === 0) delete body.required;
  }
  for (const parameter of operation.parameters ?? [])
    if (parameter.name === field.wire && parameter.in === field.in) delete parameter.required;
}
