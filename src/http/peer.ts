import type { IncomingMessage } from "node:http";
import { plainAddress } from "./trusted-proxies";
import type { ClientCertificate } from "../engine/token-request";

/** What the connection, or a proxy we trust, tells of the caller. */
export interface Peer {
  /** Address of the caller; where a listed proxy forwards, that of the caller behind it. */
  source: string;
  certificate: ClientCertificate | undefined;
}

/** @throws Refusal `invalid_request` if a trusted proxy says something that makes no sense */
export type PeerOf = (request: IncomingMessage) => Peer;

/** Believes the connection's address and nothing else. */
export const directPeer: PeerOf = ({ socket }) => ({ source: plainAddress(socket.remoteAddress ?? ""), certificate: undefined });
