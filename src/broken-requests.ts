import { type RequestListener, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { Express } from "express";
import type { Connections } from "./connections";

/** What never reaches a contract has none of their shapes. */
interface Fault {
  status: 400 | 408 | 413 | 417 | 431 | 501;
  description: string;
}

const notHttp: Fault = { status: 400, description: "The request is not valid HTTP." };
/** RFC 9112 §3.2 */
const notOneHost: Fault = { status: 400, description: "There must be exactly one Host header." };
/** RFC 9110 §10.1.1 */
const unknownExpectation: Fault = { status: 417, description: "Nothing but 100-continue can be expected." };
const noTunnel: Fault = { status: 501, description: "There are no tunnels here." };

/** By what Node's parser says. */
const faults: Readonly<Record<string, Fault>> = {
  HPE_HEADER_OVERFLOW: { status: 431, description: "The request target and headers are too large." },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, description: "The chunk extensions are too large." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, description: "The request did not arrive in time." },
};

/** Hands requests to the app, all but those that HTTP itself says must be refused. */
export function listenerOf(app: Express, connections: Connections): RequestListener {
  const handle = app as unknown as RequestListener;
  return (request, response) => {
    connections.begun(request, response);
    const hosts = hostsIn(request.rawHeaders);
    if (hosts > 1 || (hosts === 0 && request.httpVersion === "1.1")) refuse(response, notOneHost);
    else handle(request, response);
  };
}

/** Node would quietly keep the first. */
function hostsIn(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts;
}

/** Gives a server an answer to all that is not a request it could hand on. */
export function answerWhatIsNoRequest<Any extends Server | HttpsServer>(server: Any, connections: Connections): Any {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    const fault = faults[error.code ?? ""] ?? notHttp;
    // A good request may stand before the broken one, and its answer comes first.
    const owed = connections.owed(socket);
    if (owed === undefined) end(socket, fault);
    else owed.once("close", () => end(socket, fault));
  });
  server.on("checkExpectation", (request, response) => {
    connections.begun(request, response);
    refuse(response, unknownExpectation);
  });
  // Without a listener Node cuts the connection off.
  server.on("connect", (_request, socket) => end(socket, noTunnel));
  return server;
}

function refuse(response: ServerResponse, fault: Fault): void {
  const body = bodyOf(fault);
  response.writeHead(fault.status, { ...headers, "Content-Length": Buffer.byteLength(body) }).end(body);
}

function end(socket: Duplex, fault: Fault): void {
  const { status } = fault;
  const body = bodyOf(fault);
  const all = Object.entries({ ...headers, "Content-Length": Buffer.byteLength(body) }).map(([name, value]) => `${name}: ${value}`);
  if (socket.writable) socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${all.join("\r\n")}\r\n\r\n${body}`);
}

const headers = { "Cache-Control": "no-store", Connection: "close", "Content-Type": "application/json" };

function bodyOf({ description }: Fault): string {
  return JSON.stringify({ error: "invalid_request", error_description: description });
}
