import type { Extension, Name, TBSCertificate } from "@peculiar/asn1-x509";
import { loadAsn1, encodeDer } from "./asn1";

/** The parts of a certificate that node:crypto does not give. */
export interface CertificateContents {
  subject: Name;
  /** By their object identifiers. */
  extensions: ReadonlyMap<string, Extension>;
}

/**
 * Reads a certificate (RFC 5280 §4.1).
 * @throws Error if it is malformed, its subject is not in DER, or it has an extension twice
 */
export function readContents(der: Buffer): CertificateContents {
  const { schema, x509 } = loadAsn1();
  const { tbsCertificate } = schema.AsnConvert.parse(der, x509.Certificate);
  if (!der.includes(encodeSubjectAndKey(tbsCertificate))) throw new Error("the subject is not in DER");
  const extensions = new Map<string, Extension>();
  for (const extension of Array.from(tbsCertificate.extensions ?? [])) {
    if (extensions.has(extension.extnID)) throw new Error(`the extension ${extension.extnID} is there twice`);
    extensions.set(extension.extnID, extension);
  }
  return { subject: tbsCertificate.subject, extensions };
}

/**
 * Encodes the two fields as they must follow each other in the certificate. A subject that is not in DER could be taken for
 * another, see `decodeDer`. The rest of the certificate is not compared, because many CAs encode default values there.
 */
function encodeSubjectAndKey({ subject, subjectPublicKeyInfo }: TBSCertificate): Buffer {
  return Buffer.concat([encodeDer(subject), encodeDer(subjectPublicKeyInfo)]);
}
