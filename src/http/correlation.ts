import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { newCaller } from "../engine/caller";
import type { Correlation } from "./api";
import type { Exchange } from "./exchange";

/** Begins an exchange: takes the caller's correlation id over where the contract allows and it is well-formed. */
export function beginExchange(correlation: Correlation, headers: IncomingHttpHeaders, path: string): Exchange {
  const sent = correlation.requestHeader === null ? undefined : headers[correlation.requestHeader];
  const supplied = typeof sent === "string" && correlation.accepts.test(sent) ? sent : undefined;
  return { correlationId: supplied ?? randomUUID(), suppliedCorrelationId: supplied, path, note: {}, caller: newCaller() };
}
