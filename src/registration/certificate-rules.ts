import { prepareAlternative } from "../x509/alternative-names";
import { NameSyntaxError, parseName } from "../x509/distinguished-name";
import type { AuthMethod, TlsSubject } from "../engine/client";
import type { RegistrationFacts } from "./registration";

/**
 * @param offered the authentication methods that the client's contracts offer
 * @returns a sentence for each fault of what is registered about the client's certificate (RFC 8705 §2)
 */
export function findCertificateFaults(facts: RegistrationFacts, offered: readonly AuthMethod[]): string[] {
  const { authMethods, tlsSubject, certificateBoundTokens, contracts } = facts;
  const byIssuer = authMethods.includes("tls_client_auth");
  const faults: string[] = [];
  if (byIssuer && tlsSubject === undefined)
    faults.push("tls_client_auth needs the one thing that its certificate must contain: a subject DN, or one subject alternative name");
  if (!byIssuer && tlsSubject !== undefined) faults.push("a certificate subject is of use only with tls_client_auth");
  if (byIssuer && authMethods.includes("self_signed_tls_client_auth"))
    faults.push(
      "a certificate authenticates a client by its issuer (tls_client_auth) or by being registered (self_signed_tls_client_auth), not by both",
    );
  if (certificateBoundTokens === true && (contracts.length === 0 || !offered.includes("tls_client_auth")))
    faults.push("none of its contracts binds tokens to certificates");
  return [...faults, ...(tlsSubject === undefined ? [] : findSubjectFaults(tlsSubject))];
}

/** Finds values that no certificate can contain, or that could never match one. */
function findSubjectFaults({ kind, value }: TlsSubject): string[] {
  if (value.length > 2000 || /\p{Cc}/u.test(value))
    return ["a certificate subject has at most 2000 characters, none of them control characters"];
  switch (kind) {
    case "subject_dn":
      return findNameFaults(value);
    case "san_dns":
      return /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(value)
        ? []
        : ["a san_dns is one host name, without a wildcard"];
    case "san_uri":
      return URL.canParse(value) && /^[\x21-\x7e]+$/.test(value) ? [] : ["a san_uri is an absolute URI"];
    case "san_ip":
      return prepareAlternative(kind, value) === undefined ? ["a san_ip is one IPv4 or IPv6 address"] : [];
    case "san_email":
      return /^[\x21-\x3f\x41-\x7e]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value) ? [] : ["a san_email is one email address"];
  }
}

function findNameFaults(value: string): string[] {
  try {
    parseName(value);
    return [];
  } catch (error) {
    if (error instanceof NameSyntaxError) return [`a subject DN is written as in RFC 4514, like CN=acme,O=Acme Ltd,C=GB: ${error.message}`];
    throw error;
  }
}
