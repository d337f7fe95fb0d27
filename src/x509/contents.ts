import type { Extension, Name, TBSCertificate } from "@peculiar/asn1-x509";
import { loadAsn1, encodeDer } from "./asn1";

/** What node:crypto does not tell of a certificate. */
export interface CertificateContents {
  subject: Name;
  /** By their object identifiers. */
  extensions: ReadonlyMap<string, Extension>;
}

/**
 * Opens a certificate (RFC 5280 §4.1).
 * @throws Error if it is none, its subject is not in DER, or it has an extension twice
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
 * How they must stand in the certificate, one after the other. A subject that is not in DER could be taken for another,
 * see `fromDer`; elsewhere in a certificate, authorities have always been careless with what goes without saying.
 */
function encodeSubjectAndKey({ subject, subjectPublicKeyInfo }: TBSCertificate): Buffer {
  return Buffer.concat([encodeDer(subject), encodeDer(subjectPublicKeyInfo)]);
}
