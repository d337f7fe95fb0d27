import {
  createServer,
  IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import type { Express } from "express";

const limits = {
  /** Milliseconds to send a whole request; nobody may hold a connection by trickling one. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  /** Longer than the 60 s after which load balancers reuse a connection, so that we are never the one to close it. */
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};

/**
 * An HTTP server for an Express app. Express changes the prototype of every request and response it is given, which
 * makes all of node:http slow (express #5998); objects that are born with the right prototype are left alone, which
 * serves three times the requests.
 */
export function makeServer(app: Express): Server {
  class Request extends IncomingMessage {}
  class Response<Of extends IncomingMessage = IncomingMessage> extends ServerResponse<Of> {}
  Object.setPrototypeOf(Request.prototype, app.request);
  Object.setPrototypeOf(Response.prototype, app.response);
  app.request = Request.prototype as unknown as typeof app.request;
  app.response = Response.prototype as unknown as typeof app.response;
  const options: ServerOptions = { ...limits, IncomingMessage: Request, ServerResponse: Response };
  return createServer(options, app as unknown as RequestListener).on("clientError", answerBrokenRequest);
}

const statuses: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What is not even HTTP never reaches a contract, so this answer has none of their shapes. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = statuses[error.code ?? ""] ?? 400;
  const body = JSON.stringify({ error: "invalid_request", error_description: "The request is not valid HTTP." });
  const headers = [
    "Cache-Control: no-store",
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.join("\r\n")}\r\n\r\n${body}`);
}

/** @returns the port, once the server listens. @throws the error of `listen`, such as EADDRINUSE */
export function listen(server: Server, host: string, port: number): Promise<number> {
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
export function close(server: Server, withinMs: number): Promise<void> {
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
