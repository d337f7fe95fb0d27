import type { IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { ClientCertificate } from "../engine/token-request";
import type { Clock } from "../engine/client";
import { type ClientAuthorities, makeClientAuthorities } from "../x509/client-authorities";
import { toClientCertificate } from "../x509/facts";
import { parseCertificates } from "../x509/pem";
import { readForwardedCertificate } from "./forwarded-certificate";
import { makeTrustedProxies, normalizeAddress, type TrustedProxies } from "./trusted-proxies";

/** The caller of a request, as its connection or a trusted proxy shows it. */
export interface Peer {
  /** Address of the caller; behind a trusted proxy, the address of the caller that the proxy forwards. */
  source: string;
  /**
   * Parsed when it is read for the first time, and then remembered, because most operations do not look at it.
   * @throws Refusal `invalid_request` if a trusted proxy sends a certificate header that is malformed
   */
  readonly certificate: ClientCertificate | undefined;
}

/** Finds the caller of a request. */
export interface PeerOf {
  /** Returns the same object for the same request. */
  (request: IncomingMessage): Peer;
  /** Whether a caller can show a certificate, on a TLS connection or through a proxy. */
  takesCertificates: boolean;
  /** Whether an address is that of a trusted proxy. */
  isProxy: (address: string) => boolean;
}

/** Reads the connection's address and nothing else. */
export const directPeer: PeerOf = Object.assign(
  ({ socket }: IncomingMessage): Peer => ({ source: normalizeAddress(socket.remoteAddress ?? ""), certificate: undefined }),
  { takesCertificates: false, isProxy: () => false },
);

export interface PeerPorts {
  /** PEM of the authorities that issue client certificates. */
  clientCa?: string | undefined;
  /** Addresses, and networks in CIDR notation. */
  trustedProxies: readonly string[];
  /** Lower-case name of the header in which those proxies send the client's certificate. Undefined: they send none. */
  clientCertHeader?: string | undefined;
  /** Whether there is a listener with TLS. */
  tls: boolean;
  clock: Clock;
}

/**
 * Makes a function that finds the caller of a request: what the connection shows or, on the connection of a trusted proxy,
 * what that proxy says. A trusted proxy's certificate is its own and never its client's. Forwarding headers from any other
 * address are ignored.
 */
export function makePeerOf({ clientCa = "", trustedProxies, clientCertHeader, tls, clock }: PeerPorts): PeerOf {
  const authorities = makeClientAuthorities(parseCertificates(clientCa));
  const proxies = makeTrustedProxies(trustedProxies);
  /** What does not change as long as a connection lasts. */
  const connections = new WeakMap<Socket, { peer: Peer; isProxy: boolean }>();
  /** The peers of requests that came through a proxy. */
  const forwarded = new WeakMap<IncomingMessage, Peer>();

  function readConnection(request: IncomingMessage): { peer: Peer; isProxy: boolean } {
    const known = connections.get(request.socket);
    if (known !== undefined) return known;
    const { source } = directPeer(request);
    const isProxy = proxies.includes(source);
    const certificate = isProxy ? undefined : readTlsCertificate(request.socket, authorities, clock());
    const connection = { peer: { source, certificate }, isProxy };
    connections.set(request.socket, connection);
    return connection;
  }

  function parseForwarded({ headers }: IncomingMessage): ClientCertificate | undefined {
    const certificate = clientCertHeader === undefined ? undefined : readForwardedCertificate(headers, clientCertHeader);
    return certificate && toClientCertificate(certificate.raw, authorities.findDistrustReason(certificate, clock()));
  }

  const peerOf = (request: IncomingMessage): Peer => {
    const { peer, isProxy } = readConnection(request);
    if (!isProxy) return peer;
    const known = forwarded.get(request);
    if (known !== undefined) return known;
    const source = findSource(peer.source, request.headers["x-forwarded-for"], proxies);
    const parse = once(() => parseForwarded(request));
    const found: Peer = {
      source,
      get certificate() {
        return parse();
      },
    };
    forwarded.set(request, found);
    return found;
  };
  return Object.assign(peerOf, {
    takesCertificates: tls || clientCertHeader !== undefined,
    isProxy: (address: string) => proxies.includes(address),
  });
}

/** Calls a function when its value is needed for the first time, and remembers the value. */
function once<T>(compute: () => T): () => T {
  let found: { value: T } | undefined;
  return () => (found ??= { value: compute() }).value;
}

/**
 * Reads the certificate of a TLS connection and whether the handshake trusted it; a resumed session keeps the judgement of
 * its first handshake. OpenSSL wants a chain that ends in a self-signed authority, and Node's servers cannot be told
 * otherwise. If the end of the chain is all that OpenSSL misses, our own check decides: it accepts every authority of the
 * bundle as the end of a chain.
 */
function readTlsCertificate(socket: Socket, authorities: ClientAuthorities, now: number): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  if (socket.authorized) return toClientCertificate(certificate.raw, undefined);
  const reason = String(socket.authorizationError);
  const missesEndOfChain = reason === "UNABLE_TO_GET_ISSUER_CERT";
  return toClientCertificate(
    certificate.raw,
    missesEndOfChain ? authorities.findDistrustReason(certificate, now) : `the handshake said ${reason}`,
  );
}

/**
 * Finds the caller's address in `X-Forwarded-For`. Each proxy appends the address it was called from, so the first address
 * from the right that is no trusted proxy is the caller. An entry that is no address was not written by a trusted proxy;
 * it and everything to its left may be forged.
 */
function findSource(proxy: string, forwardedFor: string | string[] | undefined, proxies: TrustedProxies): string {
  let source = proxy;
  for (const entry of String(forwardedFor ?? "")
    .split(",")
    .reverse()) {
    const address = parseAddress(entry.trim());
    if (address === undefined) break;
    source = address;
    if (!proxies.includes(address)) break;
  }
  return source;
}

/** Parses an address with or without a port; some proxies add the port. */
function parseAddress(entry: string): string | undefined {
  const [, bracketed, withPort] = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/.exec(entry) ?? [];
  const address = normalizeAddress(bracketed ?? withPort ?? entry);
  return isIP(address) === 0 ? undefined : address;
}
