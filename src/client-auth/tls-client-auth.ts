import { preparedAlternative } from "../x509/alternative-names";
import type { CertificateFacts } from "../x509/facts";
import { parseName, sameName } from "../x509/distinguished-name";
import { Refusal } from "../engine/refusal";
import type { ClientCertificate } from "../engine/token-request";
import type { Client, TlsSubject } from "../engine/client";

/**
 * RFC 8705 §2.1: a certificate of a client CA of ours, which says the one thing the client is registered with.
 * @throws Refusal `invalid_client`
 */
export function mustNameClient(client: Client, { untrusted }: ClientCertificate, facts: CertificateFacts): void {
  if (untrusted !== undefined) {
    throw new Refusal("invalid_client", `the certificate presented for client ${client.id} is not trusted: ${untrusted}`);
  }
  if (client.tlsSubject === null || !says(facts, client.tlsSubject)) {
    const kind = client.tlsSubject?.kind ?? "subject";
    throw new Refusal("invalid_client", `the certificate of ${facts.shownSubject} has not the ${kind} of client ${client.id}`);
  }
}

function says(facts: CertificateFacts, { kind, value }: TlsSubject): boolean {
  if (kind === "subject_dn") return sameName(facts.subject, parseName(value));
  const wanted = preparedAlternative(kind, value);
  return wanted !== undefined && facts.alternatives.some((name) => name.kind === kind && name.value === wanted);
}
