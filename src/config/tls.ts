import { createPrivateKey, type X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseNetwork } from "../http/trusted-proxies";
import { parseCertificates } from "../x509/pem";
import { type ListenersConfig, readHost } from "./listeners";
import type { Reader, Setting } from "./reader";

/** The server's certificate, the authorities of client certificates, and the proxies that forward them. Certificates and keys are PEM. */
export interface TlsConfig {
  /** Undefined: no TLS listener. The file of the certificate is named as well, for commands that must trust it. */
  tls: { host: string; port: number; cert: string; key: string; certFile: string } | undefined;
  /** Certificates of the authorities that client certificates must come from. */
  clientCa: string | undefined;
  /** Public base URL for clients with certificates; no trailing slash. */
  tlsUrl: string | undefined;
  /** Addresses and networks in CIDR notation whose forwarding headers are trusted. */
  trustedProxies: readonly string[];
  /** Lower-case name of the one header in which those proxies send the client's certificate. Undefined: they send none. */
  clientCertHeader: string | undefined;
}

export const tlsSettings: readonly Setting[] = [
  { name: "TLS_PORT", fallback: "none", meaning: "TCP port to listen on with TLS, asking for client certificates (mTLS)" },
  { name: "TLS_HOST", fallback: "HOST", meaning: "address of that port; 0.0.0.0 or :: for all" },
  { name: "TLS_CERT", fallback: "none", meaning: "PEM file of our certificate and its intermediates; required with TLS_PORT" },
  { name: "TLS_KEY", fallback: "none", meaning: "PEM file of its private key; required with TLS_PORT" },
  { name: "TLS_CLIENT_CA", fallback: "none", meaning: "PEM file of the authorities whose client certificates are trusted" },
  { name: "TLS_URL", fallback: "https://HOST-OF-ISSUER:TLS_PORT", meaning: "public base URL for clients with certificates" },
  {
    name: "TRUSTED_PROXIES",
    fallback: "none",
    meaning: "addresses and networks, separated by commas, whose X-Forwarded-For is believed",
  },
  {
    name: "CLIENT_CERT_HEADER",
    fallback: "none",
    meaning: "the one header that these proxies make of a client's certificate: Client-Cert (RFC 9440), or another one with PEM",
  },
];

/**
 * Reads the settings and the files that they name.
 * @param issuer a URL, or text that was reported as a fault already
 * @param plain the listener without TLS
 */
export function readTls(read: Reader, issuer: string, plain: ListenersConfig): TlsConfig {
  const port = read.text("TLS_PORT") === undefined ? undefined : read.integer("TLS_PORT", 0, 1, 65_535);
  if (port !== undefined && port === plain.port) read.faults.push("TLS_PORT must be another port than PORT");
  const clientCa = readClientCa(read);
  const tls = port === undefined ? readNoListener(read) : readListener(read, readHost(read, "TLS_HOST", plain.host), port);
  const usual = port === undefined || !URL.canParse(issuer) ? undefined : `https://${new URL(issuer).hostname}:${port}`;
  const tlsUrl = read.matching("TLS_URL", usual, isBaseUrl, "an https URL without query, fragment or trailing slash");
  const trustedProxies = readProxies(read);
  return { tls, clientCa, tlsUrl, trustedProxies, clientCertHeader: readCertHeader(read, trustedProxies) };
}

function isBaseUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === "https:" && !/[?#]/.test(text) && !text.endsWith("/");
}

function readNoListener(read: Reader): undefined {
  for (const name of ["TLS_HOST", "TLS_CERT", "TLS_KEY"])
    if (read.text(name) !== undefined) read.faults.push(`${name} is of use only with TLS_PORT`);
}

function readListener(read: Reader, host: string, port: number): TlsConfig["tls"] {
  const cert = readFile(read, "TLS_CERT", "the certificate to show");
  const key = readFile(read, "TLS_KEY", "its private key");
  const certificate = cert === undefined ? undefined : parseOwnCertificate(read, cert);
  if (key !== undefined) mustBeKeyOf(read, certificate, key);
  return cert === undefined || key === undefined ? undefined : { host, port, cert, key, certFile: resolve(read.text("TLS_CERT") ?? "") };
}

function readFile(read: Reader, name: string, what: string): string | undefined {
  const path = read.text(name);
  if (path === undefined) read.faults.push(`${name} is required with TLS_PORT: a PEM file of ${what}`);
  return path === undefined ? undefined : readContent(read, name, path);
}

function readContent(read: Reader, name: string, path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    read.faults.push(`${name} names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? "no reason given"})`);
    return undefined;
  }
}

function parseOwnCertificate(read: Reader, pem: string): X509Certificate | undefined {
  const [own] = parseCertificatesOrNone(pem);
  if (own === undefined) read.faults.push("TLS_CERT holds no certificate in PEM, or a broken one");
  return own;
}

function mustBeKeyOf(read: Reader, certificate: X509Certificate | undefined, pem: string): void {
  try {
    const key = createPrivateKey(pem);
    if (certificate?.checkPrivateKey(key) === false) read.faults.push("TLS_KEY is not the key of the first certificate in TLS_CERT");
  } catch {
    read.faults.push("TLS_KEY holds no private key in PEM, or one that needs a password");
  }
}

function readClientCa(read: Reader): string | undefined {
  const path = read.text("TLS_CLIENT_CA");
  const pem = path === undefined ? undefined : readContent(read, "TLS_CLIENT_CA", path);
  if (pem === undefined) return undefined;
  const authorities = parseCertificatesOrNone(pem);
  if (authorities.length === 0) read.faults.push("TLS_CLIENT_CA holds no certificate in PEM, or a broken one");
  if (authorities.some(({ ca }) => !ca)) read.faults.push("TLS_CLIENT_CA holds a certificate that is no certificate authority's");
  return pem;
}

/** Parses all certificates; returns none if one of them is broken. */
function parseCertificatesOrNone(pem: string): X509Certificate[] {
  try {
    return parseCertificates(pem);
  } catch {
    return [];
  }
}

function readProxies(read: Reader): readonly string[] {
  const entries = (read.text("TRUSTED_PROXIES") ?? "").split(",").map((entry) => entry.trim());
  const named = entries.filter((entry) => entry !== "");
  if (named.some((entry) => parseNetwork(entry) === undefined)) {
    read.faults.push("TRUSTED_PROXIES must be addresses or networks like 10.1.0.0/16 or 2001:db8::/48, separated by commas");
  }
  return named;
}

/** The name must say that it is about certificates, so that no header with another meaning is taken for one. */
function readCertHeader(read: Reader, trustedProxies: readonly string[]): string | undefined {
  const isName = (text: string): boolean => /^[a-z0-9-]{1,64}$/i.test(text) && /cert/i.test(text);
  const name = read.matching("CLIENT_CERT_HEADER", undefined, isName, "the name of one header, such as Client-Cert or x-ssl-client-cert");
  if (name !== undefined && isName(name) && trustedProxies.length === 0)
    read.faults.push("CLIENT_CERT_HEADER is of use only with TRUSTED_PROXIES");
  return name?.toLowerCase();
}
