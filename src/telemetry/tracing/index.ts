import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type Attributes, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { ExchangeOutcome } from "../../http/mount";
import type { Step, Timed, Watch } from "../observer";
import { makeExporter } from "./exporter";
import { parentOf } from "./parent";

/** Milliseconds that the last spans get at shutdown. */
const farewellMs = 3_000;

/** A step of a request, in epoch milliseconds. */
interface Taken {
  step: Step;
  from: number;
  to: number;
}

/** A request under way: since when, in epoch milliseconds, and what it went through. */
interface UnderWay {
  from: number;
  taken: Taken[];
}

export interface Tracing {
  watch: Watch;
  /** Sends what is there. */
  close(): Promise<void>;
}

/**
 * A span per request, and below it one per step of a token request. They are made when the request is over, from what was
 * noted on the way. Names and attributes are of closed sets, so nothing of a caller's can be in them.
 * @param url of the collector, with its path
 */
export function openTracing(url: string, onTrouble: (reason: string) => void): Tracing {
  const own = resourceFromAttributes({ "service.name": "polymint" });
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(makeExporter(url, onTrouble))] });
  const tracer = provider.getTracer("polymint");
  const underWay = new AsyncLocalStorage<UnderWay>();

  const timed: Timed =
    (step, work) =>
    async (...args) => {
      const from = present();
      try {
        return await work(...args);
      } finally {
        underWay.getStore()?.taken.push({ step, from, to: present() });
      }
    };

  return {
    watch: {
      around: (work) => underWay.run({ from: present(), taken: [] }, work),
      timed,
      onOutcome: (outcome) => {
        const request = underWay.getStore();
        if (request !== undefined) span(tracer, outcome, request);
      },
    },
    close: async () => {
      const inTime = new AbortController();
      const late = sleep(farewellMs, undefined, { signal: inTime.signal }).catch(() => undefined);
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      inTime.abort();
    },
  };
}

/** Epoch milliseconds with their fractions, from the one clock that never steps back. */
function present(): number {
  return performance.timeOrigin + performance.now();
}

function span(tracer: Tracer, outcome: ExchangeOutcome, { from, taken }: UnderWay): void {
  const { contract, operation, request, status } = outcome;
  const parent = parentOf(request.headers.traceparent);
  const options = { kind: SpanKind.SERVER, startTime: from, attributes: attributesOf(outcome) };
  const whole = tracer.startSpan(`${contract} ${operation}`, options, parent);
  if (status >= 500) whole.setStatus({ code: SpanStatusCode.ERROR });
  const below = trace.setSpan(parent, whole);
  if (whole.isRecording()) for (const part of taken) tracer.startSpan(part.step, { startTime: part.from }, below).end(part.to);
  whole.end(present());
}

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/** Where there is a semantic convention of OpenTelemetry for it, by that name. */
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
