import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { makeCaller } from "../engine/caller";
import type { Correlation } from "./api";
import type { Exchange } from "./exchange";

/** Begins an exchange. It has the correlation id that the caller sent, if the contract allows one and it is well-formed; else a new one. */
export function beginExchange(correlation: Correlation, headers: IncomingHttpHeaders, path: string): Exchange {
  const sent = correlation.requestHeader === null ? undefined : headers[correlation.requestHeader];
  const supplied = typeof sent === "string" && correlation.accepts.test(sent) ? sent : undefined;
  return { correlationId: supplied ?? randomUUID(), suppliedCorrelationId: supplied, path, note: {}, caller: makeCaller() };
}
