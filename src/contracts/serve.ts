import type { Issue, ServedDialect } from "../engine/issue";
import type { Contract, Endpoint } from "../http/contract";
import type { WiredDialect } from "./wire";

/** Puts the engine between a dialect's two translations, for each of its operations. */
export function serveDialect(wired: WiredDialect, issue: Issue, served: ServedDialect, enabled: boolean): Contract {
  const endpoints = Object.entries(wired.operations).map(([id, operation]): [string, Endpoint] => [
    id,
    {
      handle: async (request, exchange) =>
        operation.grant(
          await issue(operation.read(request), served, { note: exchange.note, source: request.source, caller: exchange.caller }),
          exchange,
        ),
      refuse: (refusal, exchange) => operation.refuse(refusal, exchange),
    },
  ]);
  return { name: wired.name, enabled, spec: wired.spec, correlation: wired.correlation, endpoints: Object.fromEntries(endpoints) };
}
