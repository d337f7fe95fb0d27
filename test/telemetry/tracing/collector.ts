import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { close, listen } from "../../../src/server/http-server";

/** The fields of an OTLP/HTTP span in JSON that tests read. */
export interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status: { code: number };
}

/** A collector of traces for tests. */
export interface Collector {
  url: string;
  spans(): Span[];
  /** Everything that was received, including headers. */
  received(): string;
  close(): Promise<void>;
}

interface Export {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
}

/** Starts a collector on a free port. @param status of every answer */
export async function startCollector(status = 200): Promise<Collector> {
  const bodies: string[] = [];
  const heads: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      heads.push(`${request.method ?? ""} ${request.url ?? ""} ${JSON.stringify(request.headers)}`);
      bodies.push(body);
      response.writeHead(status, { "Content-Type": "application/json" }).end("{}");
    });
  });
  const port = await listen(server, "127.0.0.1", 0);
  return {
    url: `http://127.0.0.1:${port}`,
    spans: () =>
      bodies.flatMap((body) => (JSON.parse(body) as Export).resourceSpans.flatMap((one) => one.scopeSpans.flatMap(({ spans }) => spans))),
    received: () => [...heads, ...bodies].join("\n"),
    close: () => close(server, 500),
  };
}
