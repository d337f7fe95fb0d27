import type { Fault } from "./fault";

/** Says in a few words what a fault does to a request. */
export function describeFault(fault: Fault): string {
  const { refusal, status, field, rule, retryAfterSeconds, delayMs, drop, claims, expired, badSignature, wrongKid, clockSeconds } = fault;
  const parts = [
    delayMs !== undefined && `waits ${delayMs} ms`,
    (refusal !== undefined || status !== undefined) && `is refused as ${[refusal, status].filter((part) => part !== undefined).join(", ")}`,
    field !== undefined && `names ${field} (${rule ?? "required"})`,
    retryAfterSeconds !== undefined && `may try again after ${retryAfterSeconds} s`,
    claims !== undefined && `gets the claims ${Object.keys(claims).join(", ")}`,
    expired && "gets an expired token",
    badSignature && "gets a wrong signature",
    wrongKid && "gets an unknown kid",
    clockSeconds !== undefined && `finds the clock ${Math.abs(clockSeconds)} s ${clockSeconds < 0 ? "late" : "ahead"}`,
    drop === "reset" && "has its connection reset",
    drop === "truncate" && "gets half of the body",
  ];
  return parts.filter((part) => part !== false && part !== undefined).join("; ");
}
