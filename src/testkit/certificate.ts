import { type KeyObject, webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import type * as X509 from "@peculiar/x509";

/** Resolves the names of modules from this file. */
const requireModule = createRequire(__filename);

/** Loads the library that makes certificates only when a suite needs it: it consists of a hundred modules. */
function loadX509(): typeof X509 {
  requireModule("reflect-metadata");
  return requireModule("@peculiar/x509") as typeof X509;
}

export interface TestCertificateOptions {
  /** RSA. */
  privateKey: KeyObject;
  publicKey: KeyObject;
  commonName: string;
  /** Epoch milliseconds. */
  notBefore: number;
  notAfter: number;
}

/** @returns a self-signed certificate, in PEM */
export async function makeCertificate({ privateKey, publicKey, commonName, notBefore, notAfter }: TestCertificateOptions): Promise<string> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const { subtle } = webcrypto;
  const keys = {
    privateKey: await subtle.importKey("pkcs8", privateKey.export({ format: "der", type: "pkcs8" }), algorithm, true, ["sign"]),
    publicKey: await subtle.importKey("spki", publicKey.export({ format: "der", type: "spki" }), algorithm, true, ["verify"]),
  };
  const certificate = await loadX509().X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
  });
  return certificate.toString("pem");
}
