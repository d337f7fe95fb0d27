/** Has the sandbox refuse a good request for the reason for which another request was refused. */
import { openFaults } from "../../../src/app/faults";
import type { Refusal } from "../../../src/engine/refusal";
import type { Fault, Faults } from "../../../src/sandbox/fault";
import { type RawRequest, type ReceivedResponse, send } from "../bad-input/request-builder";
import type { StatusCause, TestedOperation } from "./cause";
import { allOperations } from "./operations";
import { maskChangingParts } from "./page";
import type { StatusServers } from "./servers";

/** An answer that was brought about, and the same from the sandbox. */
export interface Replay {
  cause: StatusCause;
  natural: ReceivedResponse;
  /** Undefined if the sandbox cannot give it. */
  replayed: ReceivedResponse | undefined;
}

/** Answers that no fault can give, and why. */
export const notReplayed = [
  {
    isSuch: ({ contract }: StatusCause): boolean => contract === "health",
    count: 8,
    reason: "A probe is never refused on purpose: a server with faults must not look dead.",
  },
  {
    isSuch: ({ contract, description }: StatusCause): boolean => contract === "firstvision" && description.startsWith("A path below"),
    count: 1,
    reason: "The answer repeats the path, which is another one in a good request.",
  },
  {
    isSuch: ({ contract, description }: StatusCause): boolean => contract === "discovery" && description.startsWith("A path below"),
    count: 3,
    reason: "Pages of every origin may read the answers of the public paths, and none those of an unknown one.",
  },
];

let faults: Faults | undefined;
/** One of each operation: a request that is refused on purpose uses nothing up, so it can be sent again. */
const goodRequests = new Map<TestedOperation, RawRequest>();

/** Arms exactly this refusal at a server in good order, and sends it a good request. */
export async function replay(servers: StatusServers, cause: StatusCause, natural: ReceivedResponse, refusal: Refusal): Promise<Replay> {
  if (notReplayed.some(({ isSuch }) => isSuch(cause))) return { cause, natural, replayed: undefined };
  const { polymint, sandboxed } = servers;
  const operation = allOperations.find(
    ({ contract, method, path }) => contract === cause.contract && method === cause.method && path === cause.path,
  );
  if (operation === undefined) throw new Error(`there is no good request for ${cause.description}`);
  const request = await (goodRequests.get(operation) ?? operation.makeRequest(servers));
  goodRequests.set(operation, request);
  faults ??= openFaults({ database: polymint.database, clock: polymint.clock, identity: { issuer: polymint.issuer } });
  await faults.arm({ contract: cause.contract, times: 1, ...toFault(refusal) });
  return { cause, natural, replayed: await send(sandboxed.url, request) };
}

function toFault({ code, problems, allow, retryAfterSeconds, limit, inForce }: Refusal): Omit<Fault, "contract"> {
  return {
    refusal: code,
    problems,
    allow,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(limit !== undefined && { limit, inForce }),
  };
}

/** The moment, how the connection goes on after a body that was not read, and that there is a sandbox. */
const ignoredHeaders = new Set(["date", "connection", "keep-alive", "polymint-sandbox"]);

/** @returns what must be equal: all but ids, times and the connection */
export function describeAnswer({ status, headers, text }: ReceivedResponse): object {
  const own = Object.entries(headers as Record<string, string>).filter(([name]) => !ignoredHeaders.has(name));
  return {
    status,
    headers: Object.fromEntries(own.map(([name, value]) => [name, maskChangingParts(value)])),
    text: maskChangingParts(text),
  };
}
