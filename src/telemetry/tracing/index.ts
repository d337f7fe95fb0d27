import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type Attributes, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { ExchangeOutcome } from "../../http/request-state";
import type { Observer, RequestStep, TimeStep } from "../observer";
import { makeExporter } from "./exporter";
import { parseTraceparent } from "./parent";

/** Milliseconds that the last spans have to be sent at shutdown. */
const shutdownMs = 3_000;

/** When a step of a request ran, in epoch milliseconds. */
interface StepTiming {
  step: RequestStep;
  from: number;
  to: number;
}

/** A request in progress: its start in epoch milliseconds, and its steps so far. */
interface RequestTrace {
  from: number;
  steps: StepTiming[];
}

export interface Tracing {
  observer: Observer;
  /** Sends the spans that are left, for 3 s at most. */
  close(): Promise<void>;
}

/**
 * Records one span per request, with a child span per step of a token request. The spans are made when the request is over,
 * from the times that were noted meanwhile. Names and attributes have closed sets of values, so they contain nothing that a
 * caller sent.
 * @param url of the collector, with its path
 * @param onSendError called when sending begins to fail, and again only if it has worked in between
 * @param headers of the requests that send spans
 */
export function openTracing(url: string, onSendError: (reason: string) => void, headers: Readonly<Record<string, string>> = {}): Tracing {
  const service = resourceFromAttributes({ "service.name": "polymint" });
  const resource = defaultResource()
    .merge(service)
    .merge(detectResources({ detectors: [envDetector] }));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(makeExporter(url, onSendError, headers))] });
  const tracer = provider.getTracer("polymint");
  const requests = new AsyncLocalStorage<RequestTrace>();

  const timeStep: TimeStep =
    (step, work) =>
    async (...args) => {
      const from = readTime();
      try {
        return await work(...args);
      } finally {
        requests.getStore()?.steps.push({ step, from, to: readTime() });
      }
    };

  return {
    observer: {
      wrapRequest: (work) => requests.run({ from: readTime(), steps: [] }, work),
      timeStep,
      onOutcome: (outcome) => {
        const request = requests.getStore();
        if (request !== undefined) recordSpans(tracer, outcome, request);
      },
    },
    close: async () => {
      const sent = new AbortController();
      const timeout = sleep(shutdownMs, undefined, { signal: sent.signal }).catch(() => undefined);
      await Promise.race([provider.shutdown().catch(() => undefined), timeout]);
      sent.abort();
    },
  };
}

/** Reads the time in epoch milliseconds with fractions, from the monotonic clock: spans must not end before they begin. */
function readTime(): number {
  return performance.timeOrigin + performance.now();
}

function recordSpans(tracer: Tracer, outcome: ExchangeOutcome, { from, steps }: RequestTrace): void {
  const { contract, operation, request, status } = outcome;
  const parent = parseTraceparent(request.headers.traceparent);
  const options = { kind: SpanKind.SERVER, startTime: from, attributes: attributesOf(outcome) };
  const span = tracer.startSpan(`${contract} ${operation}`, options, parent);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  const children = trace.setSpan(parent, span);
  if (span.isRecording()) for (const { step, from, to } of steps) tracer.startSpan(step, { startTime: from }, children).end(to);
  span.end(readTime());
}

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/** Names follow the semantic conventions of OpenTelemetry where there is one. */
function attributesOf({ contract, request, exchange, status, refusal }: ExchangeOutcome): Attributes {
  const { method = "" } = request;
  const { grant } = exchange.note;
  return {
    "http.request.method": methods.has(method) ? method : "_OTHER",
    "http.response.status_code": status,
    "polymint.contract": contract,
    "polymint.outcome": refusal === undefined ? "ok" : refusal.code,
    ...(grant === undefined ? {} : { "polymint.grant": grant }),
  };
}
