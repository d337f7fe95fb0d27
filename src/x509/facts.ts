import { createHash, X509Certificate } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { ClientCertificate } from "../engine/token-request";
import { type AlternativeName, readAlternativeNames, subjectAltName } from "./alternative-names";
import { readContents } from "./contents";
import { type DistinguishedName, readName } from "./distinguished-name";

/** The parts of a certificate that can authenticate a client. */
export interface CertificateFacts {
  subject: DistinguishedName;
  /** The subject in readable form, for the log. */
  subjectText: string;
  alternatives: readonly AlternativeName[];
  /** DER of its public key. */
  publicKey: Buffer;
  /** First and last moment at which it is valid, epoch milliseconds. */
  validFrom: number;
  validTo: number;
}

/** `x5t#S256`: SHA-256 of the DER form, base64url without padding (RFC 8705 §3.1). */
export function thumbprintOf(der: Buffer): string {
  return createHash("sha256").update(der).digest("base64url");
}

/** @param untrusted why no client CA of this server issued it; undefined if one did */
export function toClientCertificate(der: Buffer, untrusted: string | undefined): ClientCertificate {
  return { thumbprint: thumbprintOf(der), der, untrusted };
}

const known = new LRUCache<string, CertificateFacts>({ max: 1000 });

/** Reads a certificate. Certificates that were presented before are remembered. @throws Error if it is malformed */
export function readFacts({ thumbprint, der }: Pick<ClientCertificate, "thumbprint" | "der">): CertificateFacts {
  const found = known.get(thumbprint);
  if (found !== undefined) return found;
  const facts = parseFacts(der);
  known.set(thumbprint, facts);
  return facts;
}

function parseFacts(der: Buffer): CertificateFacts {
  const certificate = new X509Certificate(der);
  const { subject, extensions } = readContents(der);
  return {
    subject: readName(subject),
    subjectText: formatSubject(certificate),
    alternatives: readAlternativeNames(extensions.get(subjectAltName)),
    publicKey: certificate.publicKey.export({ type: "spki", format: "der" }),
    ...validityOf(certificate),
  };
}

/** For an empty subject, which is allowed beside alternative names (RFC 5280 §4.1.2.6), node:crypto gives undefined. */
function formatSubject({ subject }: { subject: string | undefined }): string {
  return subject === undefined ? "no subject" : subject.split("\n").reverse().join(",");
}

/** The first and the last moment are both valid (RFC 5280 §4.1.2.5). Epoch milliseconds. */
export function validityOf({ validFrom, validTo }: X509Certificate): { validFrom: number; validTo: number } {
  return { validFrom: Date.parse(validFrom), validTo: Date.parse(validTo) + 999 };
}

/**
 * @param now epoch milliseconds
 * @returns why a certificate is not valid now, for the log; undefined if it is
 */
export function findValidityFault({ validFrom, validTo }: { validFrom: number; validTo: number }, now: number): string | undefined {
  if (now >= validFrom && now <= validTo) return undefined;
  return now < validFrom ? "is not valid yet" : "has expired";
}
