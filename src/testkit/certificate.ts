import "reflect-metadata";
import { type KeyObject, webcrypto } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";

export interface CertificateFacts {
  /** RSA. */
  privateKey: KeyObject;
  publicKey: KeyObject;
  commonName: string;
  /** Epoch milliseconds. */
  notBefore: number;
  notAfter: number;
}

/** A self-signed certificate, in PEM. */
export async function makeCertificate({ privateKey, publicKey, commonName, notBefore, notAfter }: CertificateFacts): Promise<string> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const { subtle } = webcrypto;
  const keys = {
    privateKey: await subtle.importKey("pkcs8", privateKey.export({ format: "der", type: "pkcs8" }), algorithm, true, ["sign"]),
    publicKey: await subtle.importKey("spki", publicKey.export({ format: "der", type: "spki" }), algorithm, true, ["verify"]),
  };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
  });
  return certificate.toString("pem");
}
