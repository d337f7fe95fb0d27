import type { IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { ClientCertificate } from "../engine/token-request";
import type { Clock } from "../engine/client";
import { directPeer, type Peer, type PeerOf } from "./peer";
import { type ClientAuthorities, makeClientAuthorities } from "../x509/client-authorities";
import { clientCertificate } from "../x509/facts";
import { forwardedCertificate } from "./forwarded-certificate";
import { certificatesIn } from "../x509/pem";
import { makeTrustedProxies, plainAddress, type TrustedProxies } from "./trusted-proxies";

export interface PeerPorts {
  /** PEM of the authorities that client certificates are issued by. */
  clientCa?: string | undefined;
  /** Addresses, and networks in CIDR notation. */
  trustedProxies: readonly string[];
  clock: Clock;
}

/**
 * Who stands behind a request: what the connection shows or, on the connection of a listed proxy, what that proxy says.
 * The certificate of a listed proxy is its own and never its client's; nobody else's headers are looked at.
 */
export function makePeerOf({ clientCa = "", trustedProxies, clock }: PeerPorts): PeerOf {
  const authorities = makeClientAuthorities(certificatesIn(clientCa));
  const proxies = makeTrustedProxies(trustedProxies);
  /** What does not change as long as a connection lasts. */
  const connections = new WeakMap<Socket, { peer: Peer; isProxy: boolean }>();

  function connectionOf(request: IncomingMessage): { peer: Peer; isProxy: boolean } {
    const known = connections.get(request.socket);
    if (known !== undefined) return known;
    const { source } = directPeer(request);
    const isProxy = proxies.includes(source);
    const connection = { peer: { source, certificate: isProxy ? undefined : shownOn(request.socket, authorities, clock()) }, isProxy };
    connections.set(request.socket, connection);
    return connection;
  }

  return (request) => {
    const { peer, isProxy } = connectionOf(request);
    if (!isProxy) return peer;
    const certificate = forwardedCertificate(request.headers);
    return {
      source: sourceBehind(peer.source, request.headers["x-forwarded-for"], proxies),
      certificate: certificate && clientCertificate(certificate.raw, authorities.distrust(certificate, clock())),
    };
  };
}

/**
 * The certificate of a TLS connection, as the handshake judged it; on a resumed session, that of the first one. OpenSSL
 * wants to see the way up to a self-signed authority. Where all it misses is the end of that way, our own judgement
 * counts, for which every authority of the bundle is one by itself: Node's servers cannot be told so.
 */
function shownOn(socket: Socket, authorities: ClientAuthorities, now: number): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  if (socket.authorized) return clientCertificate(certificate.raw, undefined);
  const reason = String(socket.authorizationError);
  const missesTheEnd = reason === "UNABLE_TO_GET_ISSUER_CERT";
  return clientCertificate(certificate.raw, missesTheEnd ? authorities.distrust(certificate, now) : `the handshake said ${reason}`);
}

/**
 * Each proxy adds at the right whom it was called by: the first from there that is no listed proxy is the caller. What
 * is no address was not written by a proxy of ours, and everything to its left can have been made up.
 */
function sourceBehind(proxy: string, forwardedFor: string | string[] | undefined, proxies: TrustedProxies): string {
  let source = proxy;
  for (const entry of String(forwardedFor ?? "")
    .split(",")
    .reverse()) {
    const address = addressIn(entry.trim());
    if (address === undefined) break;
    source = address;
    if (!proxies.includes(address)) break;
  }
  return source;
}

/** An address by itself or with a port, as some proxies write it. */
function addressIn(entry: string): string | undefined {
  const [, bracketed, withPort] = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/.exec(entry) ?? [];
  const address = plainAddress(bracketed ?? withPort ?? entry);
  return isIP(address) === 0 ? undefined : address;
}
