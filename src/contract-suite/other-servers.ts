import { Refusal, type RefusalCode, refusalCodes } from "../engine/refusal";
import type { OtherServerOptions } from "../testkit";
import type { Running } from "./running";

/** Why a server on the same database refuses every request, and with which refusal. */
const states: readonly [string, (name: string) => OtherServerOptions, RefusalCode][] = [
  ["that is starting", () => ({ starting: true }), "not_ready"],
  ["at its capacity", () => ({ maxInFlight: 0 }), "throttled"],
  ["where the contract is switched off", () => ({ contracts: [] }), "not_found"],
  ["outside working hours", (name) => ({ opensAt: new Map([[name, (now: number) => now + 60_000]]) }), "outside_hours"],
];

/** Tests servers that answer no request at all. */
export function testOtherServers(at: () => Running): void {
  it.each(states)("is refused in the contract's shape by a server %s", async (_what, makeOptions, code) => {
    const { polymint, subject, makeGood, send, expectAnswer } = at();
    const { url } = await polymint.startAnother(makeOptions(subject.name));
    const response = await send(await makeGood(), url);
    const status = subject.statusOf(code);
    expectAnswer(response, status);
    if (status === 429 || (status === 503 && code === "not_ready")) expect(response.headers["retry-after"]).toBe("1");
  });
}

/** Tests every refusal, those that no generic cause leads to included. */
export function testRefusals(at: () => Running): void {
  it.each(refusalCodes)("has a declared answer to the refusal %s", (code) => {
    const { subject, expectAnswer } = at();
    const refusal = new Refusal(code, "made by a test", { allow: subject.methods, retryAfterSeconds: 1 });
    const { status, headers = {}, body } = subject.refuse(refusal);
    const sent = Object.entries({ ...headers, "Cache-Control": "no-store" }).map(([name, value]) => [name.toLowerCase(), value]);
    expectAnswer(
      { status, headers: Object.fromEntries(sent) as Record<string, string>, text: body === undefined ? "" : JSON.stringify(body) },
      status,
    );
  });
}
