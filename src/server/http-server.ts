import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer, type ServerOptions as HttpsServerOptions } from "node:https";
import type { Express } from "express";
import { answerProtocolErrors, type HttpServerPorts, makeRequestListener } from "./protocol-errors";
import { makeConnections } from "./connections";

const limits = {
  /** Milliseconds to send a whole request, which is small: a client must not hold a connection by sending it byte by byte. */
  requestTimeout: 5_000,
  headersTimeout: 4_000,
  /** Milliseconds; longer than the 60 s for which load balancers reuse a connection, so that the server never closes it first. */
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 500,
  /** Bytes of target and headers; a larger request is answered 431. */
  maxHeaderSize: 16 * 1024,
  /** Node would answer without a body; `makeRequestListener` checks the header instead. */
  requireHostHeader: false,
};

/**
 * RFC 9325 §4.2 as FAPI 2.0 §5.2.2 reads it: every suite has forward secrecy and authenticated encryption. The first three are
 * those of TLS 1.3. Node's own list would also accept key transport with RSA and CBC.
 */
const cipherSuites = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
].join(":");

export type AnyServer = Server | HttpsServer;

/** The certificates of a TLS listener: its own, and the authorities it trusts. Everything is PEM. */
export interface TlsIdentity {
  /** The server's certificate, with intermediates if there are any. */
  cert: string;
  key: string;
  /** Authorities that issue client certificates; without them every client certificate counts as untrusted. */
  clientCa?: string | undefined;
}

/** Makes an HTTP server for an Express app. @param ports all servers of a process share its connections */
export function makeServer(app: Express, ports: HttpServerPorts = { connections: makeConnections() }): Server {
  const server = createServer({ ...limits, ...makeMessageClasses(app) }, makeRequestListener(app, ports));
  ports.connections.attachTo(server);
  return answerProtocolErrors(server, ports);
}

/**
 * Makes an HTTPS server for an Express app. It asks every client for a certificate and accepts every connection, with or
 * without one: the engine decides for each request what the certificate proves, and a client may have registered a
 * self-signed one.
 */
export function makeTlsServer(
  app: Express,
  identity: TlsIdentity,
  ports: HttpServerPorts = { connections: makeConnections() },
): HttpsServer {
  const { cert, key, clientCa } = identity;
  const options: HttpsServerOptions = {
    ...limits,
    ...makeMessageClasses(app),
    handshakeTimeout: 4_000,
    minVersion: "TLSv1.2",
    ciphers: cipherSuites,
    cert,
    key,
    requestCert: true,
    rejectUnauthorized: false,
    // Never undefined: Node would then trust all the authorities that browsers trust.
    ca: clientCa ?? [],
  };
  const server = createHttpsServer(options, makeRequestListener(app, ports));
  ports.connections.attachTo(server);
  // Replaces Node's own listener, which treats a failed handshake as a broken request: without TLS no answer can be sent.
  server.removeAllListeners("tlsClientError").on("tlsClientError", (_error, socket) => socket.destroy());
  return answerProtocolErrors(server, ports);
}

interface MessageClasses {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse;
}

/**
 * Makes an HTTP server for requests that the app sends to itself. It never listens: connections are passed to it. It has the limits on
 * the size of a request and, since Node begins to time requests when a server listens, none on time.
 */
export function makeInnerServer(app: Express): Server {
  return createServer({ ...limits, ...makeMessageClasses(app) }, app);
}

const classesByApp = new WeakMap<Express, MessageClasses>();

/**
 * Makes request and response classes whose prototypes are already those that Express sets. Express changes the prototype of
 * every request and response that has another one, which slows node:http down (express #5998); with these classes a server
 * handles three times the requests. All servers of an app must share them.
 */
function makeMessageClasses(app: Express): MessageClasses {
  const known = classesByApp.get(app);
  if (known !== undefined) return known;
  class Request extends IncomingMessage {}
  class Response<Of extends IncomingMessage = IncomingMessage> extends ServerResponse<Of> {}
  Object.setPrototypeOf(Request.prototype, app.request);
  Object.setPrototypeOf(Response.prototype, app.response);
  app.request = Request.prototype as unknown as typeof app.request;
  app.response = Response.prototype as unknown as typeof app.response;
  const classes = { IncomingMessage: Request, ServerResponse: Response };
  classesByApp.set(app, classes);
  return classes;
}

/** @returns the port, once the server listens @throws the error of `listen`, such as EADDRINUSE */
export function listen(server: AnyServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/**
 * Stops accepting connections, lets requests in progress finish, and closes connections as they become idle.
 * @param withinMs milliseconds after which the remaining connections are cut off
 */
export function close(server: AnyServer, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    const cutOff = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cutOff);
      resolve();
    });
    server.closeIdleConnections();
  });
}
