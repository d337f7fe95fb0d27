import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { AggregatorRegistry, Registry } from "prom-client";
import type { MetricsSnapshot } from "./messages";

/** Scrapers are few, so more connections than these are a mistake. */
const maxConnections = 16;
const timeoutMs = 5_000;

export interface EndpointPorts {
  /** The bearer token that a scraper must send; undefined if every client that reaches the port may read the metrics. */
  token: string | undefined;
  /** Returns the metrics as text. */
  readMetrics(): Promise<string>;
}

/**
 * Makes a separate server for `GET /metrics`: clients of the contracts must not see the metrics, and a flood of their requests
 * must not keep the scraper out. Requests at the same time share one reading.
 */
export function makeMetricsServer(ports: EndpointPorts): Server {
  const isAuthorized = makeBearerCheck(ports.token);
  let reading: Promise<string> | undefined;
  const readShared = (): Promise<string> => (reading ??= ports.readMetrics().finally(() => (reading = undefined)));

  const server = createServer(
    { headersTimeout: timeoutMs, requestTimeout: timeoutMs, keepAliveTimeout: timeoutMs, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      const path = (request.url ?? "").split("?", 1)[0];
      if (path !== "/metrics") return refuse(response, 404);
      if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, { Allow: "GET, HEAD" });
      if (!isAuthorized(request)) return refuse(response, 401, { "WWW-Authenticate": 'Bearer realm="metrics"' });
      readShared().then(
        (text) => response.writeHead(200, { "Content-Type": metricsContentType, "Cache-Control": "no-store" }).end(text),
        () => refuse(response, 500),
      );
    },
  );
  server.maxConnections = maxConnections;
  return server;
}

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "Content-Length": 0, "Cache-Control": "no-store", ...headers }).end();
}

/** Compares digests, which have one length, in constant time: a wrong token takes as long as the right one. */
function makeBearerCheck(token: string | undefined): (request: IncomingMessage) => boolean {
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

/** Aggregates the snapshots of several processes, each metric in the way it declares. @returns the text format of Prometheus 0.0.4 */
export function formatMetrics(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics();
}

/** `Content-Type` of that format. */
export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;
