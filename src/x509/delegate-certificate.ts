import { type KeyObject, X509Certificate } from "node:crypto";
import { LRUCache } from "lru-cache";

/** A certificate whose key a delegated API client signs with. Times are epoch milliseconds. */
export interface DelegateCertificate {
  publicKey: KeyObject;
  notBefore: number;
  notAfter: number;
  /** SHA-256 of its DER form, in hex with colons, as openssl prints it. */
  fingerprint: string;
  /** PEM of the certificate alone. */
  pem: string;
}

const parsed = new LRUCache<string, DelegateCertificate>({ max: 1000 });

/**
 * Reads a certificate. Certificates are remembered, because parsing costs more than checking a signature.
 * @param pem as it was registered
 * @throws Error if it is malformed
 */
export function readDelegateCertificate(pem: string): DelegateCertificate {
  const known = parsed.get(pem);
  if (known !== undefined) return known;
  const certificate = new X509Certificate(pem);
  const read = {
    publicKey: certificate.publicKey,
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256,
    pem: certificate.toString(),
  };
  parsed.set(pem, read);
  return read;
}
