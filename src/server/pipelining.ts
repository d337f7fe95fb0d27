import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import { Server as TlsServer } from "node:tls";

/** A request as Node's parser first reports it. `upgrade`: the bytes after it must not be parsed as HTTP. */
type ParsedRequest = IncomingMessage & { upgrade: boolean };

/** The part of Node's parser that this file relies on. It is undocumented; the tests in `test/server` fail if it changes. */
interface NodeParser {
  /** @returns 2 to stop parsing after the headers of this request */
  onIncoming: (request: ParsedRequest, keepAlive: boolean) => number;
}

const stop = 2;

/** Answers that are not yet sent while the next request has already arrived. */
const followed = new WeakSet<ServerResponse>();

/** Whether the next request on the connection arrived before this one was answered. */
export function isFollowedByRequest(response: ServerResponse): boolean {
  return followed.has(response);
}

/** What the pipelining code must know about a connection. */
export interface ConnectionState {
  /** The answer that the client is waiting for. */
  pendingResponse: (socket: Socket) => ServerResponse | undefined;
  /** No further request is read from this connection. */
  isClosing(socket: Socket): boolean;
  /** Called when an answer is sent and the next request is here: whether the connection must give way to others now. */
  mustGiveWay(): boolean;
}

/**
 * Reads pipelined requests one at a time: the next one is read when the one before it is answered (RFC 9112 §9.3.2). Node
 * would parse everything in a chunk at once, for example a thousand requests of 60 bytes, and would keep all their answers in
 * memory for a client that may never read them. What arrives after a request has begun is put back into the socket, as after
 * an upgrade, and is parsed again later.
 * @param server that only Node's own listeners are attached to
 */
export function serializeRequests(server: Server | HttpsServer, state: ConnectionState): void {
  // A request that is parsed twice must keep all its headers. The limit of 16 KB keeps their number small.
  server.maxHeadersCount = 0;
  const event = server instanceof TlsServer ? "secureConnection" : "connection";
  const [parseHttp] = server.listeners(event) as ((this: typeof server, socket: Socket) => void)[];
  server.on(event, (socket: Socket) => stopAfterOneRequest(socket, state));
  server.on("upgrade", (request: IncomingMessage, socket: Socket, rest: Buffer) => {
    const readNext = (): void => {
      // The connection is not idle meanwhile.
      socket.setTimeout(0);
      // Other connections first: a pipeline of requests that need no I/O would otherwise block the event loop.
      setImmediate(() => {
        if (!socket.writable) return;
        if (state.mustGiveWay()) return socket.destroySoon();
        socket.unshift(rest);
        socket.unshift(rebuildHead(request));
        parseHttp?.call(server, socket);
        stopAfterOneRequest(socket, state);
      });
    };
    if (state.isClosing(socket)) return void socket.resume();
    const before = state.pendingResponse(socket);
    if (before === undefined) return readNext();
    followed.add(before);
    if (!before.headersSent) before.removeHeader("Connection");
    before.once("close", readNext);
  });
}

/** Makes the parser of a connection stop after one request. */
function stopAfterOneRequest(socket: Socket, state: ConnectionState): void {
  const { parser } = socket as Socket & { parser: NodeParser };
  const { onIncoming } = parser;
  parser.onIncoming = (request, keepAlive) => {
    // A request to upgrade stops the parser too: when Node does not grant it, Node loses what follows.
    if (!request.upgrade && state.pendingResponse(socket) === undefined && !state.isClosing(socket)) return onIncoming(request, keepAlive);
    request.upgrade = true;
    return stop;
  };
}

/** Rebuilds the request up to its body as it was sent, without `Upgrade`: this server never upgrades (RFC 9110 §7.8). */
function rebuildHead({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() !== "upgrade") head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  return Buffer.from(`${head}\r\n`, "latin1");
}
