import { setTimeout as sleep } from "node:timers/promises";
import type { Running } from "./running";
import { withoutTable } from "./tables";

/** Tests faults of the server and of its database. They must say nothing of the client. */
export function testFailures(at: () => Running): void {
  it("answers an unforeseen failure in the contract's shape, and only the log has its cause", async () => {
    const { polymint, subject, makeGood, send, expectAnswer } = at();
    const request = await makeGood();
    const response = await withoutTable(polymint, "issued_tokens", () => send(request));
    expectAnswer(response, subject.statusOf("server_error"));
    expect(response.text).not.toContain("issued_tokens");
    expect(polymint.logs.findLast((line) => line.outcome === "server_error")?.detail).toContain("issued_tokens");
  });

  it("reports an unreachable database, and never a wrong client", async () => {
    const { polymint, wire, subject, makeGood, send, sendGood, expectAnswer, expectGranted } = at();
    const request = await makeGood();
    wire.cut();
    // The client is not remembered any more.
    polymint.clock.advance(2);
    expectAnswer(await send(request), subject.statuses.unreachable);
    wire.mend();
    expectGranted(await sendGood());
  });

  it("reports a database that does not answer in time, and recovers", async () => {
    const { wire, subject, makeGood, send, sendGood, expectAnswer, expectGranted } = at();
    const request = await makeGood();
    wire.silence();
    expectAnswer(await send(request), subject.statuses.timedOut);
    wire.mend();
    // The server looked for its database meanwhile. A connection that is being made when the silence ends fails, and with it a request that waits for one.
    await sleep(20);
    expectGranted(await sendGood());
  });
}
