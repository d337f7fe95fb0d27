import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Server as HttpsServer } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Express } from "express";
import type { Connections } from "./connections";
import { declaresTooLargeBody } from "../http/body";

export type ProtocolErrorStatus = 400 | 408 | 413 | 417 | 431 | 501;

/** The answer to a request that HTTP itself forbids. It never reaches a contract, so it has no contract's shape. */
interface ProtocolError {
  status: ProtocolErrorStatus;
  description: string;
}

const notHttp: ProtocolError = { status: 400, description: "The request is not valid HTTP." };
/** RFC 9112 §3.2 */
const notOneHost: ProtocolError = { status: 400, description: "There must be exactly one Host header." };
const noHost: ProtocolError = { status: 400, description: "The Host header names no host." };
/** RFC 9110 §5.3 */
const twoTypes: ProtocolError = { status: 400, description: "There is more than one Content-Type header." };
/** RFC 9110 §10.1.1 */
const unknownExpectation: ProtocolError = { status: 417, description: "The only expectation that can be met is 100-continue." };
const noTunnel: ProtocolError = { status: 501, description: "This server opens no tunnels." };
/** RFC 9112 §6.1 */
const unknownCoding: ProtocolError = { status: 501, description: "The only transfer coding is chunked." };

/** By the error code of Node's parser. */
const parserErrors: Readonly<Record<string, ProtocolError>> = {
  HPE_HEADER_OVERFLOW: { status: 431, description: "The request target and headers are too large." },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, description: "The chunk extensions are too large." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, description: "The request did not arrive in time." },
};

export interface HttpServerPorts {
  connections: Connections;
  /** Called for each request that is refused before it reaches the app. */
  onProtocolError?: ((status: ProtocolErrorStatus) => void) | undefined;
  /** What these answers have in common with those of the app. */
  headers?: Readonly<Record<string, string>>;
}

/** Makes a listener that passes requests to the app and answers those that HTTP itself requires a server to refuse. */
export function makeRequestListener(app: Express, { connections, onProtocolError, headers }: HttpServerPorts): RequestListener {
  const handle = app as unknown as RequestListener;
  const listener: RequestListener = (request, response) => {
    const error = findProtocolError(request);
    if (error === undefined) return handle(request, response);
    onProtocolError?.(error.status);
    sendProtocolError(response, error, headers);
  };
  return (request, response) => connections.startRequest(request, response, listener);
}

/** Makes a server answer whatever it cannot pass to the app: broken requests, tunnels and unknown expectations. @returns the server */
export function answerProtocolErrors<Any extends Server | HttpsServer>(
  server: Any,
  { connections, onProtocolError, headers }: HttpServerPorts,
): Any {
  const refuse = (socket: Duplex, error: ProtocolError): void => {
    // A good request may precede the broken one, and its answer comes first.
    connections.sendFinal(socket, () => {
      if (!socket.writable) return;
      onProtocolError?.(error.status);
      socket.end(formatResponse(error, headers));
    });
  };
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET") socket.destroy();
    // The client has sent nothing, so there is nothing to answer.
    else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT" && socket instanceof Socket && socket.bytesRead === 0)
      connections.cutOff(socket, "silent");
    else refuse(socket, parserErrors[error.code ?? ""] ?? notHttp);
  });
  server.on("checkExpectation", (request, response) => {
    connections.startRequest(request, response, () => {
      onProtocolError?.(unknownExpectation.status);
      sendProtocolError(response, unknownExpectation, headers);
    });
  });
  server.on("checkContinue", (request, response) => {
    // A body that would be refused anyway need not be sent.
    if (!declaresTooLargeBody(request) && findProtocolError(request) === undefined) response.writeContinue();
    server.emit("request", request, response);
  });
  // Without a listener Node closes the connection at once. With one, this code alone must answer and end it.
  server.on("connect", (_request, socket) => {
    refuse(socket, noTunnel);
    socket.resume();
  });
  return server;
}

/** RFC 3986 §3.2.2, RFC 9110 §7.2 */
const hostForm = /^(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*(?::\d*)?$|^\[[\da-f:.]+\](?::\d*)?$/i;

/** `chunked` must be the last coding, or the end of the body is unknown (RFC 9112 §6.3). */
const chunkedLast = /(?:^|,)[ \t]*chunked$/i;

/**
 * Finds what HTTP forbids and Node accepts: of two headers Node silently keeps the first, and it ignores any coding before
 * `chunked`. @returns undefined for a request that is in order
 */
function findProtocolError({ rawHeaders, headers, httpVersion }: IncomingMessage): ProtocolError | undefined {
  let hosts = 0;
  let contentType: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1;
    else if (name?.length === 12 && name.toLowerCase() === "content-type") {
      if (contentType !== undefined && contentType !== rawHeaders[at + 1]) return twoTypes;
      contentType = rawHeaders[at + 1];
    }
  }
  if (hosts > 1 || (hosts === 0 && httpVersion === "1.1")) return notOneHost;
  if (hosts === 1 && !hostForm.test(headers.host ?? "")) return noHost;
  const coding = headers["transfer-encoding"];
  if (coding === undefined) return undefined;
  if (httpVersion !== "1.1" || !chunkedLast.test(coding)) return notHttp;
  return coding.toLowerCase() === "chunked" ? undefined : unknownCoding;
}

function sendProtocolError(response: ServerResponse, error: ProtocolError, more: HttpServerPorts["headers"]): void {
  const body = formatBody(error);
  response.writeHead(error.status, { ...ownHeaders, ...more, "Content-Length": Buffer.byteLength(body) }).end(body);
}

/** Formats a whole response as text, for sockets that have no response object. */
function formatResponse(error: ProtocolError, more: HttpServerPorts["headers"]): string {
  const { status } = error;
  const body = formatBody(error);
  const all = { ...ownHeaders, ...more, "Content-Length": Buffer.byteLength(body) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}

const ownHeaders = { "Cache-Control": "no-store", Connection: "close", "Content-Type": "application/json" };

function formatBody({ description }: ProtocolError): string {
  return JSON.stringify({ error: "invalid_request", error_description: description });
}
