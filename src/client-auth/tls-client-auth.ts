import { prepareAlternative } from "../x509/alternative-names";
import type { CertificateFacts } from "../x509/facts";
import { parseName, isSameName } from "../x509/distinguished-name";
import { Refusal } from "../engine/refusal";
import type { ClientCertificate } from "../engine/token-request";
import type { Client, TlsSubject } from "../engine/client";

/**
 * RFC 8705 §2.1: checks that a configured client CA issued the certificate, and that it has the one subject the client is
 * registered with.
 * @throws Refusal `invalid_client`
 */
export function checkCertificateSubject(client: Client, { untrusted }: ClientCertificate, facts: CertificateFacts): void {
  if (untrusted !== undefined) {
    throw new Refusal("invalid_client", `the certificate presented for client ${client.id} is not trusted: ${untrusted}`);
  }
  if (client.tlsSubject === null || !hasSubject(facts, client.tlsSubject)) {
    const kind = client.tlsSubject?.kind ?? "subject";
    throw new Refusal("invalid_client", `the certificate of ${facts.subjectText} does not have the ${kind} of client ${client.id}`);
  }
}

function hasSubject(facts: CertificateFacts, { kind, value }: TlsSubject): boolean {
  if (kind === "subject_dn") return isSameName(facts.subject, parseName(value));
  const wanted = prepareAlternative(kind, value);
  return wanted !== undefined && facts.alternatives.some((name) => name.kind === kind && name.value === wanted);
}
