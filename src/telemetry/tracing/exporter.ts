import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";

/** `ExportResultCode.SUCCESS` of @opentelemetry/core, which is a dependency of our dependencies only. */
const succeeded = 0;

/**
 * Sends spans by OTLP/HTTP. Headers, compression and time limits are the library's to read from the `OTEL_EXPORTER_OTLP_`
 * variables.
 * @param onTrouble told when sending begins to fail, and not again until it has worked in between
 */
export function makeExporter(url: string, onTrouble: (reason: string) => void): SpanExporter {
  const sender = new OTLPTraceExporter({ url });
  let failing = false;
  return {
    export: (spans, done) =>
      sender.export(spans, (result) => {
        const code: number = result.code;
        const failed = code !== succeeded;
        if (failed && !failing) onTrouble(result.error?.message ?? "no reason given");
        failing = failed;
        done(result);
      }),
    forceFlush: () => sender.forceFlush(),
    shutdown: () => sender.shutdown(),
  };
}
