import type { X509Certificate } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { LRUCache } from "lru-cache";
import { invalidRequest, type Problem, type Refusal } from "../engine/refusal";
import { parseBase64Certificate } from "../x509/pem";

/** The header of RFC 9440 §2.1. Its form is a byte sequence; every other header has PEM. */
const standardHeader = "client-cert";

/** Characters. A certificate with a post-quantum key and signature still fits; Node's limit of all headers is twice this. */
const maxHeaderLength = 8192;

const pemBegin = "-----BEGIN CERTIFICATE-----";
const pemEnd = "-----END CERTIFICATE-----";

const known = new LRUCache<string, X509Certificate>({ max: 500 });

/**
 * Reads the client certificate that a trusted proxy forwards. Call this only for requests of trusted proxies, because any
 * client can send this header.
 * @param name of the header that the proxy makes, in lower case. The proxy may pass on any other header from its clients.
 * @returns undefined if the proxy forwards no certificate
 * @throws Refusal `invalid_request` if the header is repeated, too long or malformed
 */
export function readForwardedCertificate(headers: IncomingHttpHeaders, name: string): X509Certificate | undefined {
  const value = readHeader(headers, name);
  return value === undefined ? undefined : parseCached(value, name, name === standardHeader ? parseByteSequence : parsePemHeader);
}

/** A proxy that cannot omit a header sends it empty or, like Apache, with the value `(null)`. */
function readHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return value === undefined || value === "" || value === "(null)" ? undefined : String(value);
}

function parseCached(value: string, name: string, parse: (value: string) => X509Certificate | undefined): X509Certificate {
  if (value.length > maxHeaderLength) throw makeHeaderRefusal(name, "max_length", `${name} has more than ${maxHeaderLength} characters`);
  const key = `${name} ${value}`;
  const found = known.get(key) ?? parse(value);
  if (found === undefined) throw makeHeaderRefusal(name, "format", `${name} is not one certificate in the form it must have`);
  known.set(key, found);
  return found;
}

/** Parses a byte sequence (RFC 8941 §3.3.5). A repeated header arrives as a list, which is no byte sequence. */
function parseByteSequence(value: string): X509Certificate | undefined {
  const [, base64] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value) ?? [];
  return base64 === undefined ? undefined : parseBase64Certificate(base64);
}

/**
 * Parses PEM. A header cannot contain its line ends, so it is percent-encoded or has blanks in their place. Takes time in
 * proportion to the length: no regular expression here has two quantifiers that can match the same characters.
 */
function parsePemHeader(value: string): X509Certificate | undefined {
  const pem = (value.includes("%") ? decodePercent(value) : value).trimEnd();
  if (!pem.startsWith(pemBegin) || !pem.endsWith(pemEnd) || pem.length < pemBegin.length + pemEnd.length) return undefined;
  const base64 = pem.slice(pemBegin.length, -pemEnd.length).replaceAll(/\s/g, "");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? parseBase64Certificate(base64) : undefined;
}

function decodePercent(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return "";
  }
}

function makeHeaderRefusal(name: string, rule: Problem["rule"], message: string): Refusal {
  return invalidRequest(`a trusted proxy's header: ${message}`, { in: "header", path: [name], rule, message });
}
