import type { Issue, ServedContract } from "../engine/issue";
import type { Api, Endpoint } from "../http/api";
import type { WiredContract } from "./wire";

/** Puts the engine between a contract's two translations, for each of its operations. */
export function serveContract(wired: WiredContract, issue: Issue, served: ServedContract, enabled: boolean): Api {
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
