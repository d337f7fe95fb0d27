import { makeCaller } from "../engine/caller";
import { Refusal, type RefusalCode, refusalCodes } from "../engine/refusal";
import type { Endpoint } from "../http/api";
import type { Exchange } from "../http/exchange";

/** What gives refusals a shape. */
export type Refuser = Pick<Endpoint, "refuse">;

/** The refusals by which each status is given. */
export type RefusalsByStatus = ReadonlyMap<number, readonly RefusalCode[]>;

/** Where several refusals have a status, that for which a caller is most often given it. */
const usual: readonly RefusalCode[] = ["invalid_request", "invalid_client", "server_error", "dependency_unreachable"];
const ordered: readonly RefusalCode[] = [...new Set([...usual, ...refusalCodes])];

const anyExchange: Exchange = {
  correlationId: "00000000-0000-4000-8000-000000000000",
  suppliedCorrelationId: undefined,
  path: "/",
  note: {},
  caller: makeCaller(),
};

/** Asks each endpoint for its answer to every refusal. @returns the statuses in ascending order, of each the usual refusal first */
export function listRefusals(refusers: readonly Refuser[]): RefusalsByStatus {
  const found = new Map<number, RefusalCode[]>();
  for (const code of ordered)
    for (const refuser of refusers) {
      const status = findStatus(refuser, code);
      const known = status === undefined ? undefined : (found.get(status) ?? []);
      if (status === undefined || known === undefined || known.includes(code)) continue;
      found.set(status, [...known, code]);
    }
  return new Map([...found].sort(([one], [other]) => one - other));
}

/** @returns undefined for a refusal that the endpoint cannot answer, such as that of a service which is never busy */
function findStatus(refuser: Refuser, code: RefusalCode): number | undefined {
  try {
    return refuser.refuse(new Refusal(code, "asked by the sandbox", { allow: ["POST"], retryAfterSeconds: 1 }), anyExchange).status;
  } catch {
    return undefined;
  }
}

/** Describes what can be asked for: "400 (invalid_request, …), 429 (throttled)". */
export function describeRefusals(refusals: RefusalsByStatus): string {
  return [...refusals].map(([status, codes]) => `${status} (${codes.join(", ")})`).join(", ");
}
