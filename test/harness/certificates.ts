/** X.509 certificates and authorities, made with real keys. */
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { type JsonWebKey, randomBytes, webcrypto } from "node:crypto";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;

/** A certificate with its key. All text is PEM unless its name says otherwise. */
export interface TestCertificate {
  cert: string;
  key: string;
  der: Buffer;
  /** The public key, without `x5c`. */
  jwk: JsonWebKey;
  /** The public key with the certificate. */
  certifiedJwk: JsonWebKey;
}

/** What to put into a certificate. */
export interface CertificateOptions {
  /** From the least to the most specific attribute, the order inside certificates: `C=GB, O=Acme, CN=acme`. */
  subject?: string;
  san?: JsonGeneralNames;
  /** Days from now; default yesterday and tomorrow. */
  fromDays?: number;
  toDays?: number;
  /** Extended key usages; default clientAuth. An empty list leaves the extension out. */
  usages?: readonly string[];
  extensions?: readonly Extension[];
}

/** A critical extension that no implementation knows. */
export const unknownCriticalExtension = new Extension("1.2.3.4", true, Buffer.of(5, 0));
export const clientAuth = "1.3.6.1.5.5.7.3.2";
export const serverAuth = "1.3.6.1.5.5.7.3.1";

/** A certificate authority that exists for the length of a test. */
export interface Authority {
  /** PEM. */
  cert: string;
  /** Issues a client certificate, unless `usages` says otherwise. */
  issue(wanted: CertificateOptions): Promise<TestCertificate>;
  /** Makes an intermediate authority that this one certifies. */
  below(subject: string): Promise<Authority>;
}

interface CertificateSigner {
  certificate: X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

/** @param days the validity of the authority's own certificate, in days from now */
export async function makeAuthority(subject: string, days: { fromDays?: number; toDays?: number } = {}): Promise<Authority> {
  return makeAuthorityFrom(await makeSigner(subject, days, undefined));
}

/** Makes a self-signed certificate. */
export async function makeSelfSigned(wanted: CertificateOptions): Promise<TestCertificate> {
  const keys = await makeKeys();
  return exportCertificate(await createCertificate(wanted, keys, undefined), keys);
}

function makeAuthorityFrom(signer: CertificateSigner): Authority {
  return {
    cert: signer.certificate.toString("pem"),
    async issue(wanted) {
      const keys = await makeKeys();
      return exportCertificate(await createCertificate(wanted, keys, signer), keys);
    },
    below: async (subject) => makeAuthorityFrom(await makeSigner(subject, {}, signer)),
  };
}

async function makeSigner(
  subject: string,
  days: { fromDays?: number; toDays?: number },
  above: CertificateSigner | undefined,
): Promise<CertificateSigner> {
  const keys = await makeKeys();
  const own = [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)];
  return {
    certificate: await createCertificate({ subject, usages: [], extensions: own, fromDays: -2, toDays: 2, ...days }, keys, above),
    keys,
  };
}

function createCertificate(
  wanted: CertificateOptions,
  keys: webcrypto.CryptoKeyPair,
  signer: CertificateSigner | undefined,
): Promise<X509Certificate> {
  const { subject = "CN=client", san = [], fromDays = -1, toDays = 1, usages = [clientAuth], extensions = [] } = wanted;
  return X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(8).toString("hex")}`,
    subject,
    issuer: signer?.certificate.subjectName ?? subject,
    notBefore: new Date(Date.now() + fromDays * dayMs),
    notAfter: new Date(Date.now() + toDays * dayMs),
    publicKey: keys.publicKey,
    signingKey: (signer?.keys ?? keys).privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      ...extensions,
      ...(usages.length === 0 ? [] : [new ExtendedKeyUsageExtension([...usages])]),
      ...(san.length === 0 ? [] : [new SubjectAlternativeNameExtension(san)]),
    ],
  });
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function exportCertificate(made: X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<TestCertificate> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey("jwk", keys.publicKey);
  const der = Buffer.from(made.rawData);
  const jwk = { kty, crv, x, y } as JsonWebKey;
  return {
    cert: made.toString("pem"),
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    der,
    jwk,
    certifiedJwk: { ...jwk, x5c: [der.toString("base64")] },
  };
}

/** Makes a certificate for a server on localhost, and the authority that issued it. */
export async function makeServerIdentity(): Promise<{ ca: string; cert: string; key: string }> {
  const authority = await makeAuthority("CN=Test Server CA");
  const san: JsonGeneralNames = [
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
  ];
  const { cert, key } = await authority.issue({ subject: "CN=localhost", san, usages: [serverAuth] });
  return { ca: authority.cert, cert, key };
}
