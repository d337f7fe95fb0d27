import { type KeyObject, webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import type * as X509 from "@peculiar/x509";

/** Names of modules are seen from here. */
const load = createRequire(__filename);

/** What makes certificates. It is a hundred modules, which only few suites have a use for. */
function x509(): typeof X509 {
  load("reflect-metadata");
  return load("@peculiar/x509") as typeof X509;
}

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
  const certificate = await x509().X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
  });
  return certificate.toString("pem");
}
