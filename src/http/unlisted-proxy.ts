import { directPeer, type PeerOf } from "./peer";

/** Headers in which a proxy says who called it (RFC 7239 §4, and the older header that most proxies send). */
const forwardingHeaders = ["x-forwarded-for", "forwarded"] as const;

/** Which header came, and from where. */
export interface UnlistedProxy {
  header: (typeof forwardingHeaders)[number];
  address: string;
}

/**
 * Reports the first request with a forwarding header from an address that is no listed proxy. The header is ignored then, as
 * it should be for a stranger's. But if a proxy of the operator is missing in the list, all its callers count as one, and
 * every limit of an address strikes them together. It is reported once, because strangers can send the header as often as they like.
 */
export function reportUnlistedProxy(peerOf: PeerOf, report: (found: UnlistedProxy) => void): PeerOf {
  let isReported = false;
  const watch: (...parameters: Parameters<PeerOf>) => ReturnType<PeerOf> = (request) => {
    if (isReported) return peerOf(request);
    const header = forwardingHeaders.find((name) => request.headers[name] !== undefined);
    if (header === undefined) return peerOf(request);
    const address = directPeer(request).source;
    if (!peerOf.isProxy(address)) {
      isReported = true;
      report({ header, address });
    }
    return peerOf(request);
  };
  return Object.assign(watch, { takesCertificates: peerOf.takesCertificates, isProxy: peerOf.isProxy });
}
