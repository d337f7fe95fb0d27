import type { X509Certificate } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { LRUCache } from "lru-cache";
import { invalidRequest, type Problem, type Refusal } from "../engine/refusal";
import { certificateFrom } from "../x509/pem";

/** RFC 9440 §2.1. */
const standard = "client-cert";
/** What nginx, HAProxy, Apache and their likes are usually told to call it. */
const common = "x-ssl-client-cert";

const known = new LRUCache<string, X509Certificate>({ max: 500 });

/**
 * The certificate that a trusted proxy says it saw. Call this for nobody else's headers: anyone can write them.
 * @returns undefined if the proxy saw none
 * @throws Refusal `invalid_request` for both forms at once, for one that is repeated, and for one that makes no sense
 */
export function readForwardedCertificate(headers: IncomingHttpHeaders): X509Certificate | undefined {
  const [byStandard, byCustom] = [readHeader(headers, standard), readHeader(headers, common)];
  if (byStandard !== undefined && byCustom !== undefined)
    throw makeHeaderRefusal(standard, "exactly_one", `Send ${standard} or ${common}, not both`);
  if (byStandard !== undefined) return parseCached(byStandard, standard, parseByteSequence);
  return byCustom === undefined ? undefined : parseCached(byCustom, common, parsePemHeader);
}

/** Proxies that cannot leave a header out send it empty, or, as Apache does, with this in its place. */
function readHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return value === undefined || value === "" || value === "(null)" ? undefined : String(value);
}

function parseCached(value: string, name: string, parse: (value: string) => X509Certificate | undefined): X509Certificate {
  const key = `${name} ${value}`;
  const found = known.get(key) ?? parse(value);
  if (found === undefined) throw makeHeaderRefusal(name, "format", `${name} is not one certificate in the form it must have`);
  known.set(key, found);
  return found;
}

/** A byte sequence of RFC 8941 §3.3.5. A repeated header arrives as a list, which is none. */
function parseByteSequence(value: string): X509Certificate | undefined {
  const [, base64] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value) ?? [];
  return base64 === undefined ? undefined : certificateFrom(base64);
}

/** PEM, which has lines and so cannot stand in a header as it is: percent-encoded, or with blanks in place of line ends. */
function parsePemHeader(value: string): X509Certificate | undefined {
  const pem = value.includes("%") ? decodePercent(value) : value;
  const [, base64] = /^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/\s]+={0,2})\s*-----END CERTIFICATE-----\s*$/.exec(pem) ?? [];
  return base64 === undefined ? undefined : certificateFrom(base64.replaceAll(/\s/g, ""));
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
