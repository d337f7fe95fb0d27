import type { X509Certificate } from "node:crypto";
import type { Extension } from "@peculiar/asn1-x509";
import { LRUCache } from "lru-cache";
import { loadAsn1, decodeDer } from "./asn1";
import { findValidityFault, thumbprintOf, validityOf } from "./facts";
import { readContents } from "./contents";

/** Decides whether a certificate that a proxy forwarded, and no TLS handshake of this server verified, was issued by a client CA. */
export interface ClientAuthorities {
  /**
   * @param now epoch milliseconds
   * @returns why the certificate is not trusted, for the log; undefined if it is
   */
  findDistrustReason(certificate: X509Certificate, now: number): string | undefined;
}

/** TLS client authentication, as an extended key usage (RFC 5280 §4.2.1.12). */
const clientAuth = "1.3.6.1.5.5.7.3.2";
/** The key usage extension (RFC 5280 §4.2.1.3). */
const keyUsage = "2.5.29.15";
/** Extensions that are checked, or do not restrict client authentication. Any other critical extension is refused (RFC 5280 §4.2). */
const knownExtensions = new Set([keyUsage, "2.5.29.17", "2.5.29.19", "2.5.29.32", "2.5.29.37"]);

/**
 * Every certificate of the bundle is a trust anchor, as with OpenSSL's partial chains: certificates it issued are trusted.
 * So a chain has one step only, and an intermediate CA is trusted only if it is in the bundle.
 */
export function makeClientAuthorities(bundle: readonly X509Certificate[]): ClientAuthorities {
  const authorities = bundle.map((certificate) => ({ certificate, fault: findIssuerFault(certificate) }));
  const judgements = new LRUCache<string, Judgement>({ max: 1000 });

  function judge(certificate: X509Certificate): Judgement {
    const thumbprint = thumbprintOf(certificate.raw);
    const known = judgements.get(thumbprint);
    if (known !== undefined) return known;
    const issuers = authorities.filter((one) => certificate.checkIssued(one.certificate) && certificate.verify(one.certificate.publicKey));
    const fitIssuers = issuers.filter(({ fault }) => fault === undefined);
    const [issuer] = issuers;
    const refusal =
      issuer === undefined ? "no client CA of this server issued it" : (findLeafFault(certificate) ?? (fitIssuers[0] ?? issuer).fault);
    const judgement = { issuers: fitIssuers.map((one) => one.certificate), refusal };
    judgements.set(thumbprint, judgement);
    return judgement;
  }

  return {
    findDistrustReason(certificate, now) {
      const { issuers, refusal } = judge(certificate);
      if (refusal !== undefined) return refusal;
      const current = issuers.some((issuer) => findValidityFault(validityOf(issuer), now) === undefined);
      return current ? undefined : "the client CA that issued it is not valid at this time";
    },
  };
}

/** The part of the decision that does not depend on time: the fit issuers of a certificate, or why it is refused. */
interface Judgement {
  issuers: readonly X509Certificate[];
  refusal: string | undefined;
}

function findLeafFault(certificate: X509Certificate): string | undefined {
  const { digitalSignature, keyAgreement } = loadAsn1().x509.KeyUsageFlags;
  return findFault(certificate, digitalSignature | keyAgreement);
}

function findIssuerFault(issuer: X509Certificate): string | undefined {
  if (!issuer.ca) return "its issuer is not a CA";
  const reason = findFault(issuer, loadAsn1().x509.KeyUsageFlags.keyCertSign);
  return reason === undefined ? undefined : `of the client CA that issued it: ${reason}`;
}

/**
 * Finds why a certificate may not be used for client authentication, or to issue certificates for it.
 * @param uses uses of its key. It must allow one of them if it has the key usage extension (RFC 5280 §4.2.1.3).
 */
function findFault(certificate: X509Certificate, uses: number): string | undefined {
  try {
    const { extensions } = readContents(certificate.raw);
    const unknown = [...extensions.values()].find(({ critical, extnID }) => critical && !knownExtensions.has(extnID));
    if (unknown !== undefined) return `its critical extension ${unknown.extnID} is not understood`;
    const usage = extensions.get(keyUsage);
    if (usage !== undefined && (readKeyUsage(usage) & uses) === 0) return "its key usage does not allow it";
  } catch {
    return "it is malformed";
  }
  const purposes = certificate.keyUsage as readonly string[] | undefined;
  return purposes === undefined || purposes.includes(clientAuth) ? undefined : "its extended key usage lacks clientAuth";
}

function readKeyUsage({ extnValue }: Extension): number {
  return decodeDer(Buffer.from(extnValue.buffer), loadAsn1().x509.KeyUsage).toNumber();
}
