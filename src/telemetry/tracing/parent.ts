import { type Context, ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api";

const traceparentForm = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Parses a caller's `traceparent`, which names the parent of the server's span (W3C Trace Context §3.2). As that section
 * requires, a header that is not well-formed is ignored, and additional fields of later versions are not read.
 */
export function parseTraceparent(traceparent: string | string[] | undefined): Context {
  const found = typeof traceparent === "string" ? parseSpanContext(traceparent) : undefined;
  return found === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, found);
}

function parseSpanContext(traceparent: string): SpanContext | undefined {
  const [, version, traceId = "", spanId = "", flags = "", more] = traceparentForm.exec(traceparent) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  // "sampled" is the only flag with a meaning.
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}
