import { isHost, readHost } from "./listeners";
import { isLoopback } from "./loopback";
import type { Reader, Setting } from "./reader";

/** Metrics, audit of refusals, and traces. */
export interface TelemetryConfig {
  /** Undefined: no metrics are kept. */
  metrics: { host: string; port: number; token: string | undefined } | undefined;
  /** Refusals that one process writes to the audit per second at most; 0 for none. */
  auditRefusals: number;
  /** URL that traces are sent to by OTLP/HTTP. Undefined: there are no traces. */
  tracesUrl: string | undefined;
  /** Headers of the requests that send them. */
  tracesHeaders: Readonly<Record<string, string>>;
}

export const telemetrySettings: readonly Setting[] = [
  { name: "METRICS_PORT", fallback: "none", meaning: "TCP port of GET /metrics, for Prometheus" },
  { name: "METRICS_HOST", fallback: "127.0.0.1", meaning: "address of that port; 0.0.0.0 or :: for all" },
  {
    name: "METRICS_TOKEN",
    fallback: "none",
    meaning: "bearer token that GET /metrics asks for, at least 16 characters; required unless METRICS_HOST is a loopback address",
    secret: true,
  },
  { name: "AUDIT_REFUSALS", fallback: "5", meaning: "refusals that a process writes to the audit per second at most; 0 for none" },
  {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    fallback: "none",
    meaning: "base URL that traces are sent to by OTLP/HTTP; the other OTEL_ variables of exporters and samplers apply too",
  },
  { name: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", fallback: "ENDPOINT/v1/traces", meaning: "whole URL for traces, in place of the above" },
  {
    name: "OTEL_EXPORTER_OTLP_HEADERS",
    fallback: "none",
    meaning: "headers of these requests, such as `authorization=Bearer%20…`, separated by commas",
    secret: true,
  },
];

/** @param takenPorts ports on which the server listens already */
export function readTelemetry(read: Reader, takenPorts: readonly (number | undefined)[]): TelemetryConfig {
  return {
    metrics: readMetrics(read, takenPorts),
    auditRefusals: read.integer("AUDIT_REFUSALS", 5, 0, 1000),
    tracesUrl: readTraces(read),
    tracesHeaders: readHeaders(read),
  };
}

function readMetrics(read: Reader, takenPorts: readonly (number | undefined)[]): TelemetryConfig["metrics"] {
  const on = read.text("METRICS_PORT") !== undefined;
  const port = read.integer("METRICS_PORT", 0, 1, 65_535);
  if (on && takenPorts.includes(port)) read.faults.push("METRICS_PORT must be another port than PORT and TLS_PORT");
  const host = readHost(read, "METRICS_HOST", "127.0.0.1");
  const token = read.matching("METRICS_TOKEN", undefined, isToken, "at least 16 characters of those a bearer token may have");
  for (const name of ["METRICS_HOST", "METRICS_TOKEN"])
    if (!on && read.text(name) !== undefined) read.faults.push(`${name} is of use only with METRICS_PORT`);
  if (on && token === undefined && isHost(host) && !isLoopback(host))
    read.faults.push("METRICS_TOKEN is required where METRICS_HOST is no loopback address: make one with: openssl rand -hex 32");
  return on ? { host, port, token } : undefined;
}

/** RFC 6750 §2.1. */
function isToken(text: string): boolean {
  return /^[A-Za-z0-9._~+/-]{16,}=*$/.test(text);
}

/** Follows OTLP: the path is appended to the general endpoint, and not to the endpoint for traces. */
function readTraces(read: Reader): string | undefined {
  const form = "an http(s) URL";
  const base = read.matching("OTEL_EXPORTER_OTLP_ENDPOINT", undefined, isWeb, form);
  const own = read.matching("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", undefined, isWeb, form);
  return own ?? (base === undefined ? undefined : `${base.replace(/(?<!\/)\/+$/, "")}/v1/traces`);
}

/** As the library reads them from its variable, in place of which a file cannot be named: `name=value,…`, percent-encoded. */
function readHeaders(read: Reader): Readonly<Record<string, string>> {
  const form = "headers like name=value, separated by commas, the values percent-encoded";
  const text = read.matching("OTEL_EXPORTER_OTLP_HEADERS", "", (given) => parseHeaders(given) !== undefined, form);
  return parseHeaders(text) ?? {};
}

function parseHeaders(text: string): Record<string, string> | undefined {
  const parts = text.split(",").filter((each) => each.trim() !== "");
  const pairs = parts.map((each) => /^\s*([\w.-]+)=(.*)$/.exec(each)?.slice(1) ?? []);
  if (pairs.some(({ length }) => length === 0)) return undefined;
  try {
    return Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, decodeURIComponent(value.trim())]));
  } catch {
    return undefined; // a % without two digits
  }
}

function isWeb(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
