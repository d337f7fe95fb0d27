import type { X509Certificate } from "node:crypto";
import type { Extension } from "@peculiar/asn1-x509";
import { LRUCache } from "lru-cache";
import { loadAsn1, decodeDer } from "./asn1";
import { findValidityFault, thumbprintOf, validityOf } from "./facts";
import { readContents } from "./contents";

/** Decides whether a certificate that no handshake of ours has judged chains up to a client CA. */
export interface ClientAuthorities {
  /**
   * @param now epoch milliseconds
   * @returns why the certificate is not to be trusted, for the log; undefined if it is
   */
  findDistrustReason(certificate: X509Certificate, now: number): string | undefined;
}

/** TLS client authentication, as an extended key usage (RFC 5280 §4.2.1.12). */
const clientAuth = "1.3.6.1.5.5.7.3.2";
/** Extensions we heed, or that restrict nothing of what is decided here; any other that is critical is refused (RFC 5280 §4.2). */
const keyUsage = "2.5.29.15";
const understood = new Set([keyUsage, "2.5.29.17", "2.5.29.19", "2.5.29.32", "2.5.29.37"]);

/**
 * Every certificate of the bundle is an authority by itself, as OpenSSL has it with partial chains: what it issued is
 * trusted, so the way up is never longer than one step and an intermediate must stand in the bundle to count.
 */
export function makeClientAuthorities(bundle: readonly X509Certificate[]): ClientAuthorities {
  const authorities = bundle.map((certificate) => ({ certificate, fault: findIssuerFault(certificate) }));
  const judgements = new LRUCache<string, Judgement>({ max: 1000 });

  function judge(certificate: X509Certificate): Judgement {
    const thumbprint = thumbprintOf(certificate.raw);
    const known = judgements.get(thumbprint);
    if (known !== undefined) return known;
    const issuers = authorities.filter((one) => certificate.checkIssued(one.certificate) && certificate.verify(one.certificate.publicKey));
    const fit = issuers.filter(({ fault }) => fault === undefined);
    const [issuer] = issuers;
    const refusal = issuer === undefined ? "no client CA of ours issued it" : (findLeafFault(certificate) ?? (fit[0] ?? issuer).fault);
    const judgement = { issuers: fit.map((one) => one.certificate), refusal };
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

/** What does not change with time: who issued a certificate and may, and what else speaks against it. */
interface Judgement {
  issuers: readonly X509Certificate[];
  refusal: string | undefined;
}

function findLeafFault(certificate: X509Certificate): string | undefined {
  const { digitalSignature, keyAgreement } = loadAsn1().x509.KeyUsageFlags;
  return findFault(certificate, digitalSignature | keyAgreement);
}

function findIssuerFault(issuer: X509Certificate): string | undefined {
  if (!issuer.ca) return "what issued it is no CA";
  const reason = findFault(issuer, loadAsn1().x509.KeyUsageFlags.keyCertSign);
  return reason === undefined ? undefined : `of the client CA that issued it: ${reason}`;
}

/**
 * What keeps a certificate from client authentication, and from issuing certificates for it.
 * @param uses of its key, one of which it must allow if it says anything about them (RFC 5280 §4.2.1.3)
 */
function findFault(certificate: X509Certificate, uses: number): string | undefined {
  try {
    const { extensions } = readContents(certificate.raw);
    const unknown = [...extensions.values()].find(({ critical, extnID }) => critical && !understood.has(extnID));
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
