import type { ReceivedResponse, RawRequest } from "../bad-input/request-builder";
import type { StatusServers } from "./stage";

/** An operation of a contract, as its spec names it. */
export interface OperationName {
  contract: string;
  method: "get" | "post";
  path: string;
}

/** A request that can be made again and again, and that nothing is wrong with. */
export interface TestedOperation extends OperationName {
  draft: (stage: StatusServers) => Promise<RawRequest>;
}

/** How one status of one operation comes about, without a switch in any handler. */
export interface StatusCause extends OperationName {
  /** As the spec declares it: a number, or `default`. */
  declared: string;
  /** What is answered. */
  status: number;
  /** For people: what has to happen. */
  description: string;
  produce: (stage: StatusServers) => Promise<ReceivedResponse>;
}

/** Where a contract declares no status of its own for what HTTP itself refuses, its `default` speaks. */
const declaredByDefault: Readonly<Record<string, readonly number[]>> = {
  weavr: [404, 405, 413, 415],
  "weavr-login": [404, 405, 413, 415],
  "weavr-step-up": [404, 405, 413, 415],
};

export function makeCause(asked: OperationName, status: number, words: string, produce: StatusCause["produce"]): StatusCause {
  const { contract, method, path } = asked;
  const declared = declaredByDefault[contract]?.includes(status) === true ? "default" : String(status);
  return { contract, method, path, declared, status, description: words, produce };
}

/** Names a pair in one line. */
export function statusKey({ contract, method, path, declared }: OperationName & { declared: string }): string {
  return `${contract} ${method.toUpperCase()} ${path} ${declared}`;
}
