import { once } from "node:events";
import { type IncomingMessage, request as sendRequest, type Server } from "node:http";
import { type Duplex, duplexPair } from "node:stream";
import type { Express } from "express";
import type { ExchangeOutcome } from "../http/request-state";
import type { Peer, PeerOf } from "../http/peer";
import { makeInnerServer } from "./http-server";

/** A request of this server to itself. */
export interface InnerRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
}

export interface InnerAnswer {
  status: number;
  statusText: string;
  /** As they came, by the names that the server wrote. */
  headers: readonly (readonly [name: string, value: string])[];
  /** UTF-8; its end may be missing, see `isWhole`. */
  text: string;
  isWhole: boolean;
  /** Why the request was refused, if it was. */
  refusal: ExchangeOutcome["refusal"];
}

/**
 * Sends requests of the app to itself: real HTTP over two connected streams, with no socket between. The caller of such a request is
 * the one it is sent for, with the caller's address and certificate, so that every limit counts it as a request of that caller.
 */
export interface InnerRequests {
  /** @param peer the caller that it is sent for @throws Error if there is no answer within 30 seconds, or the connection is cut */
  send(request: InnerRequest, peer: Peer): Promise<InnerAnswer>;
  /** Finds the caller of inner requests too. */
  findPeer(peerOf: PeerOf): PeerOf;
  /** To be told of every request that was answered. */
  observe(outcome: ExchangeOutcome): void;
}

const patienceMs = 30_000;
/** The most of an answer that is read, in bytes. */
const longestAnswer = 256 * 1024;

export function makeInnerRequests(app: Express): InnerRequests {
  let server: Server | undefined;
  const peers = new WeakMap<object, Peer>();
  const refusals = new WeakMap<object, ExchangeOutcome["refusal"]>();
  return {
    async send({ method, path, headers, body }, peer) {
      server ??= makeInnerServer(app);
      const [near, far] = duplexPair();
      peers.set(far, peer);
      server.emit("connection", far);
      try {
        const sent = sendRequest({ method, path, headers, createConnection: () => near, signal: AbortSignal.timeout(patienceMs) });
        // After the first event too: the connection may be cut in the middle of the answer.
        sent.on("error", () => undefined).end(body);
        const [answer] = (await once(sent, "response")) as [IncomingMessage];
        return { ...(await readAnswer(answer)), refusal: refusals.get(far) };
      } finally {
        closeBoth(near, far);
      }
    },
    findPeer: (peerOf) => {
      const find = (request: IncomingMessage): Peer => peers.get(request.socket) ?? peerOf(request);
      return Object.assign(find, { takesCertificates: peerOf.takesCertificates, isProxy: peerOf.isProxy });
    },
    observe: ({ request, refusal }) => {
      if (peers.has(request.socket)) refusals.set(request.socket, refusal);
    },
  };
}

async function readAnswer(answer: IncomingMessage): Promise<Omit<InnerAnswer, "refusal">> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > longestAnswer) break;
  }
  const { statusCode = 0, statusMessage = "", rawHeaders } = answer;
  const headers = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ""] as const] : []));
  const text = Buffer.concat(chunks).subarray(0, longestAnswer).toString("utf8");
  return { status: statusCode, statusText: statusMessage, headers, text, isWhole: bytes <= longestAnswer };
}

function closeBoth(...ends: readonly Duplex[]): void {
  for (const end of ends) end.on("error", () => undefined).destroy();
}
