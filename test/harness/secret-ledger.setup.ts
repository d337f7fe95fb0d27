/**
 * Runs before every test file: notes each secret that goes to or comes from any server in it, and at its end looks for
 * all of them in all that was logged.
 */
import { Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Server as HttpsServer } from "node:https";
import { watchLogs } from "../../src/testkit/clock-and-log";
import { makeSecretLedger, watchExchange } from "./secret-ledger";

const ledger = makeSecretLedger();
const logged = new Set<string>();
const stopWatching = watchLogs((line) => logged.add(line));

type Emit = (this: unknown, event: string, ...rest: unknown[]) => boolean;

const restore = [HttpServer.prototype, HttpsServer.prototype].map((prototype) => {
  const emit = Reflect.get(prototype, "emit") as Emit;
  const watching: Emit = function (event, ...rest) {
    if (event === "request") watchExchange(ledger, rest[0] as IncomingMessage, rest[1] as ServerResponse);
    return emit.call(this, event, ...rest);
  };
  Reflect.set(prototype, "emit", watching);
  return () => Reflect.set(prototype, "emit", emit);
});

afterAll(() => {
  stopWatching();
  for (const each of restore) each();
  const lines = [...logged];
  const clients = new Set(lines.map((line) => JSON.parse(line) as { outcome?: string; client?: string }).map(proven));
  const leaks = lines
    .flatMap((line) => ledger.findIn(line).map((secret) => ({ secret, line })))
    .filter(({ secret }) => !clients.has(secret));
  expect(leaks.slice(0, 5)).toEqual([]);
});

/** A client's id is no secret, even where somebody has tried it as one. */
function proven({ outcome, client = "" }: { outcome?: string; client?: string }): string {
  return outcome === "ok" ? client : "";
}
