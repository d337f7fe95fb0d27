import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer, type ServerOptions as HttpsServerOptions } from "node:https";
import type { Express } from "express";
import { answerWhatIsNoRequest, type EdgePorts, listenerOf } from "./protocol-errors";
import { makeConnections } from "./connections";

const limits = {
  /** Milliseconds to send a whole request, which is small; nobody may hold a connection by trickling one. */
  requestTimeout: 5_000,
  headersTimeout: 4_000,
  /** Longer than the 60 s after which load balancers reuse a connection, so that we are never the one to close it. */
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 500,
  /** Bytes of target and headers; more is answered 431. */
  maxHeaderSize: 16 * 1024,
  /** Node would answer without a body; `listenerOf` sees to it. */
  requireHostHeader: false,
};

export type AnyServer = Server | HttpsServer;

/** What a TLS listener shows its callers, and whom it believes. Everything is PEM. */
export interface TlsIdentity {
  /** Our certificate, with intermediates if there are any. */
  cert: string;
  key: string;
  /** Authorities of client certificates; without one every client certificate counts as untrusted. */
  clientCa?: string | undefined;
}

/** An HTTP server for an Express app. @param edge its connections are shared by all servers of a process */
export function makeServer(app: Express, edge: EdgePorts = { connections: makeConnections() }): Server {
  const server = createServer({ ...limits, ...bornRight(app) }, listenerOf(app, edge));
  edge.connections.admitTo(server);
  return answerWhatIsNoRequest(server, edge);
}

/**
 * An HTTPS server for an Express app, which asks every caller for a certificate and lets all of them in, those without
 * one too: whom a certificate proves is judged request by request, and a self-signed one is as good as any that is
 * registered.
 */
export function makeTlsServer(app: Express, identity: TlsIdentity, edge: EdgePorts = { connections: makeConnections() }): HttpsServer {
  const { cert, key, clientCa } = identity;
  const options: HttpsServerOptions = {
    ...limits,
    ...bornRight(app),
    handshakeTimeout: 4_000,
    minVersion: "TLSv1.2",
    cert,
    key,
    requestCert: true,
    rejectUnauthorized: false,
    // Never undefined: Node would then believe all the authorities that browsers do.
    ca: clientCa ?? [],
  };
  const server = createHttpsServer(options, listenerOf(app, edge));
  edge.connections.admitTo(server);
  // In place of Node's own listener, which calls a broken handshake a broken request: nothing can be said without TLS.
  server.removeAllListeners("tlsClientError").on("tlsClientError", (_error, socket) => socket.destroy());
  return answerWhatIsNoRequest(server, edge);
}

interface Born {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse;
}

const born = new WeakMap<Express, Born>();

/**
 * Express changes the prototype of every request and response it is given, which makes all of node:http slow (express
 * #5998); objects that are born with the right prototype are left alone, which serves three times the requests. All
 * servers of an app must share them.
 */
function bornRight(app: Express): Born {
  const known = born.get(app);
  if (known !== undefined) return known;
  class Request extends IncomingMessage {}
  class Response<Of extends IncomingMessage = IncomingMessage> extends ServerResponse<Of> {}
  Object.setPrototypeOf(Request.prototype, app.request);
  Object.setPrototypeOf(Response.prototype, app.response);
  app.request = Request.prototype as unknown as typeof app.request;
  app.response = Response.prototype as unknown as typeof app.response;
  const classes = { IncomingMessage: Request, ServerResponse: Response };
  born.set(app, classes);
  return classes;
}

/** @returns the port, once the server listens. @throws the error of `listen`, such as EADDRINUSE */
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

/** Stops accepting, lets requests in progress finish, and drops connections as they fall idle. @param withinMs then the rest is cut off */
export function close(server: AnyServer, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    const cut = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
