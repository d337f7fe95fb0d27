import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import { Server as TlsServer } from "node:tls";

/** A request as Node's parser shows it first. `upgrade`: what follows it is not to be parsed as HTTP. */
type Parsed = IncomingMessage & { upgrade: boolean };

/** What of Node's parser we lean on. It is in no documentation, and `test/process` would notice if it changed. */
interface Parser {
  /** @returns 2: the headers are all of this request that is to be parsed */
  onIncoming: (request: Parsed, keepAlive: boolean) => number;
}

const stop = 2;

/** Answers behind which the next request is here already. */
const followed = new WeakSet<ServerResponse>();

/** Whether the next request on that connection has come before this one was answered. */
export function isFollowed(response: ServerResponse): boolean {
  return followed.has(response);
}

/** How far a connection has got. */
export interface Progress {
  /** The answer that it waits for. */
  unanswered: (socket: Socket) => ServerResponse | undefined;
  /** Nothing more that comes is a request. */
  isOver(socket: Socket): boolean;
  /** Asked when an answer was given and the next request is here: whether the connection must give way to others now. */
  givesWay(): boolean;
}

/**
 * Of requests that are sent without waiting for answers (RFC 9112 §9.3.2) the next is read when the one before is answered.
 * Node would read all of a chunk at once, a thousand requests of 60 bytes, and hold all their answers for somebody who may
 * never take them. What comes after a request has begun goes back to where it came from, as after an upgrade, and is read
 * once more.
 * @param server that nobody listens to yet but Node
 */
export function readOneAtATime(server: Server | HttpsServer, progress: Progress): void {
  // What is read twice must be whole, and 16 KB do not hold many.
  server.maxHeadersCount = 0;
  const event = server instanceof TlsServer ? "secureConnection" : "connection";
  const [speakHttp] = server.listeners(event) as ((this: typeof server, socket: Socket) => void)[];
  server.on(event, (socket: Socket) => halt(socket, progress));
  server.on("upgrade", (request: IncomingMessage, socket: Socket, rest: Buffer) => {
    const goOn = (): void => {
      // Nothing of this is idle time.
      socket.setTimeout(0);
      // Others first: answers that need nobody else would keep the event loop to themselves.
      setImmediate(() => {
        if (!socket.writable) return;
        if (progress.givesWay()) return socket.destroySoon();
        socket.unshift(rest);
        socket.unshift(headOf(request));
        speakHttp?.call(server, socket);
        halt(socket, progress);
      });
    };
    if (progress.isOver(socket)) return void socket.resume();
    const before = progress.unanswered(socket);
    if (before === undefined) return goOn();
    followed.add(before);
    if (!before.headersSent) before.removeHeader("Connection");
    before.once("close", goOn);
  });
}

/** Lets the parser of a connection go no further than one request. */
function halt(socket: Socket, progress: Progress): void {
  const { parser } = socket as Socket & { parser: Parser };
  const { onIncoming } = parser;
  parser.onIncoming = (request, keepAlive) => {
    // Node loses what follows a wish to upgrade that is not granted.
    if (!request.upgrade && progress.unanswered(socket) === undefined && !progress.isOver(socket)) return onIncoming(request, keepAlive);
    request.upgrade = true;
    return stop;
  };
}

/** The request up to its body, as it came; but we never upgrade (RFC 9110 §7.8). */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() !== "upgrade") head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  return Buffer.from(`${head}\r\n`, "latin1");
}
