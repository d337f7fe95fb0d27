import type { PageRequest } from "../../pages/framework/page";
import type { PendingCode } from "./code-cookie";
import type { Finding } from "./token";

/** Checks what came back with a code or an error, as every client must (RFC 6749 §10.12, RFC 9207 §2.4). */
export function checkAnswer({ query }: PageRequest, pending: PendingCode | undefined, issuer: string): Finding[] {
  const [state, iss] = [query("state"), query("iss")];
  const issuerFinding: Finding =
    iss === issuer
      ? { verdict: "right", text: `iss is this server, ${issuer} (RFC 9207).` }
      : {
          verdict: "wrong",
          text: `iss is ${iss ?? "missing"}, but this server is ${issuer}: the answer may come from another server (RFC 9207).`,
        };
  if (pending === undefined) {
    const text = "This browser began nothing in the last ten minutes: another browser or a terminal did, or its cookie was lost.";
    return [{ verdict: "wrong", text }, issuerFinding];
  }
  const fits = state === pending.state;
  const stateFinding: Finding = fits
    ? { verdict: "right", text: "state is the one that this browser sent." }
    : {
        verdict: "wrong",
        text: "state differs from the one that this browser sent: someone else began this, or you began again in another tab. The code must not be used.",
      };
  return [stateFinding, issuerFinding];
}
