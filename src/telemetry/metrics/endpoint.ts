import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { expositionType } from "./exposition";

/** Scrapers are few; more connections than these are somebody else's mistake. */
const connections = 16;
const patienceMs = 5_000;

export interface EndpointPorts {
  /** Undefined: everybody who reaches the port may read. */
  token: string | undefined;
  /** The metrics as text. */
  read(): Promise<string>;
}

/**
 * `GET /metrics`, on a server of its own: what is measured is not for the callers of the contracts to see, and a flood of
 * theirs must not keep the scraper out. Those who ask together get the same answer.
 */
export function makeMetricsServer(ports: EndpointPorts): Server {
  const admits = bearerCheck(ports.token);
  let running: Promise<string> | undefined;
  const shared = (): Promise<string> => (running ??= ports.read().finally(() => (running = undefined)));

  const server = createServer(
    { headersTimeout: patienceMs, requestTimeout: patienceMs, keepAliveTimeout: patienceMs, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      const path = (request.url ?? "").split("?", 1)[0];
      if (path !== "/metrics") return refuse(response, 404);
      if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, { Allow: "GET, HEAD" });
      if (!admits(request)) return refuse(response, 401, { "WWW-Authenticate": 'Bearer realm="metrics"' });
      shared().then(
        (text) => response.writeHead(200, { "Content-Type": expositionType, "Cache-Control": "no-store" }).end(text),
        () => refuse(response, 500),
      );
    },
  );
  server.maxConnections = connections;
  return server;
}

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "Content-Length": 0, "Cache-Control": "no-store", ...headers }).end();
}

/** Compares digests, which are of one length, and takes as long for a wrong token as for the right one. */
function bearerCheck(token: string | undefined): (request: IncomingMessage) => boolean {
  if (token === undefined) return () => true;
  const expected = digestOf(token);
  return ({ headers }) => {
    const [, presented = ""] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
    return timingSafeEqual(digestOf(presented), expected);
  };
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
