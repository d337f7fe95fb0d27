import { type Context, ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api";

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * The span that a caller's `traceparent` names as the parent of ours (W3C Trace Context §3.2). One that is not well-formed
 * counts as none, as that section wants it; later versions may say more than we read.
 */
export function parentOf(traceparent: string | string[] | undefined): Context {
  const found = typeof traceparent === "string" ? contextIn(traceparent) : undefined;
  return found === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, found);
}

function contextIn(traceparent: string): SpanContext | undefined {
  const [, version, traceId = "", spanId = "", flags = "", more] = form.exec(traceparent) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  // Of the flags only "sampled" has a meaning.
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}
