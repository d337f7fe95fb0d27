import { X509Certificate } from "node:crypto";

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** @returns the certificates in a PEM text, ignoring text around them (RFC 7468 §2) @throws Error if one is malformed */
export function parseCertificates(pem: string): X509Certificate[] {
  return [...pem.matchAll(block)].map(([one]) => new X509Certificate(one));
}

/**
 * Parses a certificate from the base64 form of its DER. Blanks, other alphabets and octets after the certificate are refused,
 * so that each certificate has one form and one thumbprint.
 * @returns undefined if it is malformed
 */
export function parseBase64Certificate(base64: string): X509Certificate | undefined {
  const der = Buffer.from(base64, "base64");
  if (der.length === 0 || removePadding(der.toString("base64")) !== removePadding(base64)) return undefined;
  try {
    const certificate = new X509Certificate(der);
    return certificate.raw.equals(der) ? certificate : undefined;
  } catch {
    return undefined;
  }
}

function removePadding(base64: string): string {
  return base64.replace(/={1,2}$/, "");
}
