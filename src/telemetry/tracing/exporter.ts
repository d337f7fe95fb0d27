import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";

/** `ExportResultCode.SUCCESS` of @opentelemetry/core, on which we depend only indirectly. */
const success = 0;

/**
 * Makes an exporter that sends spans by OTLP/HTTP. The library itself reads compression, time limits and further headers from the
 * `OTEL_EXPORTER_OTLP_` variables.
 * @param onSendError called when sending begins to fail, and again only if it has worked in between
 */
export function makeExporter(url: string, onSendError: (reason: string) => void, headers: Readonly<Record<string, string>>): SpanExporter {
  const sender = new OTLPTraceExporter({ url, headers: { ...headers } });
  let failing = false;
  return {
    export: (spans, done) =>
      sender.export(spans, (result) => {
        const code: number = result.code;
        const failed = code !== success;
        if (failed && !failing) onSendError(result.error?.message ?? "no reason given");
        failing = failed;
        done(result);
      }),
    forceFlush: () => sender.forceFlush(),
    shutdown: () => sender.shutdown(),
  };
}
