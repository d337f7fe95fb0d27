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

/** Everything is PEM, but what is called otherwise. */
export interface Holder {
  cert: string;
  key: string;
  der: Buffer;
  /** The public key, without `x5c`. */
  jwk: JsonWebKey;
  /** The public key with the certificate. */
  certifiedJwk: JsonWebKey;
}

export interface Wanted {
  /** Least specific first, as certificates have it: `C=GB, O=Acme, CN=acme`. */
  subject?: string;
  san?: JsonGeneralNames;
  /** Days from now; default yesterday and tomorrow. */
  fromDays?: number;
  toDays?: number;
  /** Extended key usages; default clientAuth. An empty list leaves the extension out. */
  usages?: readonly string[];
  extensions?: readonly Extension[];
}

/** A critical extension that nobody has heard of. */
export const unheardOf = new Extension("1.2.3.4", true, Buffer.of(5, 0));
export const clientAuth = "1.3.6.1.5.5.7.3.2";
export const serverAuth = "1.3.6.1.5.5.7.3.1";

/** A certificate authority that lives as long as the test. */
export interface Authority {
  /** PEM. */
  cert: string;
  issue(wanted: Wanted): Promise<Holder>;
  /** An authority below this one. */
  below(subject: string): Promise<Authority>;
}

interface Signer {
  certificate: X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

/** @param days from now that its own certificate begins and ends */
export async function makeAuthority(subject: string, days: { fromDays?: number; toDays?: number } = {}): Promise<Authority> {
  return authorityOf(await signerOf(subject, days, undefined));
}

/** A certificate that nobody else vouches for. */
export async function selfSigned(wanted: Wanted): Promise<Holder> {
  const keys = await makeKeys();
  return holderOf(await certificate(wanted, keys, undefined), keys);
}

function authorityOf(signer: Signer): Authority {
  return {
    cert: signer.certificate.toString("pem"),
    async issue(wanted) {
      const keys = await makeKeys();
      return holderOf(await certificate(wanted, keys, signer), keys);
    },
    below: async (subject) => authorityOf(await signerOf(subject, {}, signer)),
  };
}

async function signerOf(subject: string, days: { fromDays?: number; toDays?: number }, above: Signer | undefined): Promise<Signer> {
  const keys = await makeKeys();
  const own = [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)];
  return { certificate: await certificate({ subject, usages: [], extensions: own, fromDays: -2, toDays: 2, ...days }, keys, above), keys };
}

function certificate(wanted: Wanted, keys: webcrypto.CryptoKeyPair, signer: Signer | undefined): Promise<X509Certificate> {
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

async function holderOf(made: X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<Holder> {
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

/** What a server on localhost shows, and the authority that vouches for it. */
export async function makeServerIdentity(): Promise<{ ca: string; cert: string; key: string }> {
  const authority = await makeAuthority("CN=Test Server CA");
  const san: JsonGeneralNames = [
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
  ];
  const { cert, key } = await authority.issue({ subject: "CN=localhost", san, usages: [serverAuth] });
  return { ca: authority.cert, cert, key };
}
