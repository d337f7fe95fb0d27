import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Server as HttpsServer } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Express } from "express";
import type { Connections } from "./connections";
import { announcesTooMuch } from "../http/body";

export type FaultStatus = 400 | 408 | 413 | 417 | 431 | 501;

/** What never reaches a contract has none of their shapes. */
interface Fault {
  status: FaultStatus;
  description: string;
}

const notHttp: Fault = { status: 400, description: "The request is not valid HTTP." };
/** RFC 9112 §3.2 */
const notOneHost: Fault = { status: 400, description: "There must be exactly one Host header." };
const noHost: Fault = { status: 400, description: "The Host header names no host." };
/** RFC 9110 §5.3 */
const twoTypes: Fault = { status: 400, description: "There is more than one Content-Type header." };
/** RFC 9110 §10.1.1 */
const unknownExpectation: Fault = { status: 417, description: "Nothing but 100-continue can be expected." };
const noTunnel: Fault = { status: 501, description: "There are no tunnels here." };
/** RFC 9112 §6.1 */
const unknownCoding: Fault = { status: 501, description: "The only transfer coding is chunked." };

/** By what Node's parser says. */
const faults: Readonly<Record<string, Fault>> = {
  HPE_HEADER_OVERFLOW: { status: 431, description: "The request target and headers are too large." },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, description: "The chunk extensions are too large." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, description: "The request did not arrive in time." },
};

export interface EdgePorts {
  connections: Connections;
  /** A request that never reached the app. */
  onFault?: ((status: FaultStatus) => void) | undefined;
}

/** Hands requests to the app, all but those that HTTP itself says must be refused. */
export function listenerOf(app: Express, { connections, onFault }: EdgePorts): RequestListener {
  const handle = app as unknown as RequestListener;
  const answer: RequestListener = (request, response) => {
    const fault = faultIn(request);
    if (fault === undefined) return handle(request, response);
    onFault?.(fault.status);
    refuse(response, fault);
  };
  return (request, response) => connections.begun(request, response, answer);
}

/** Gives a server an answer to all that is not a request it could hand on. */
export function answerWhatIsNoRequest<Any extends Server | HttpsServer>(server: Any, { connections, onFault }: EdgePorts): Any {
  const end = (socket: Duplex, fault: Fault): void => {
    // A good request may stand before the broken one, and its answer comes first.
    connections.sayLast(socket, () => {
      if (!socket.writable) return;
      onFault?.(fault.status);
      socket.end(inFull(fault));
    });
  };
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET") socket.destroy();
    // Nobody has asked for anything.
    else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT" && socket instanceof Socket && socket.bytesRead === 0)
      connections.cutOff(socket, "silent");
    else end(socket, faults[error.code ?? ""] ?? notHttp);
  });
  server.on("checkExpectation", (request, response) => {
    connections.begun(request, response, () => {
      onFault?.(unknownExpectation.status);
      refuse(response, unknownExpectation);
    });
  });
  server.on("checkContinue", (request, response) => {
    // Who would be refused all the same need not send it.
    if (!announcesTooMuch(request) && faultIn(request) === undefined) response.writeContinue();
    server.emit("request", request, response);
  });
  // Without a listener Node cuts the connection off. With one it is ours alone.
  server.on("connect", (_request, socket) => {
    end(socket, noTunnel);
    socket.resume();
  });
  return server;
}

/** RFC 3986 §3.2.2, RFC 9110 §7.2 */
const hostForm = /^(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*(?::\d*)?$|^\[[\da-f:.]+\](?::\d*)?$/i;

/** Else nobody knows where the body ends (RFC 9112 §6.3). */
const chunkedAtLast = /(?:^|,)[ \t]*chunked$/i;

/** Node would quietly keep the first of two headers, and take any coding before `chunked` for none. */
function faultIn({ rawHeaders, headers, httpVersion }: IncomingMessage): Fault | undefined {
  let hosts = 0;
  let type: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1;
    else if (name?.length === 12 && name.toLowerCase() === "content-type") {
      if (type !== undefined && type !== rawHeaders[at + 1]) return twoTypes;
      type = rawHeaders[at + 1];
    }
  }
  if (hosts > 1 || (hosts === 0 && httpVersion === "1.1")) return notOneHost;
  if (hosts === 1 && !hostForm.test(headers.host ?? "")) return noHost;
  const coding = headers["transfer-encoding"];
  if (coding === undefined) return undefined;
  if (httpVersion !== "1.1" || !chunkedAtLast.test(coding)) return notHttp;
  return coding.toLowerCase() === "chunked" ? undefined : unknownCoding;
}

function refuse(response: ServerResponse, fault: Fault): void {
  const body = bodyOf(fault);
  response.writeHead(fault.status, { ...headers, "Content-Length": Buffer.byteLength(body) }).end(body);
}

/** For where there is no response. */
function inFull(fault: Fault): string {
  const { status } = fault;
  const body = bodyOf(fault);
  const all = Object.entries({ ...headers, "Content-Length": Buffer.byteLength(body) }).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${all.join("\r\n")}\r\n\r\n${body}`;
}

const headers = { "Cache-Control": "no-store", Connection: "close", "Content-Type": "application/json" };

function bodyOf({ description }: Fault): string {
  return JSON.stringify({ error: "invalid_request", error_description: description });
}
