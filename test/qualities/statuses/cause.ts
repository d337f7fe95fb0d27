/** What a cause of a status is: an operation, the status, and how to bring it about at a running server. */
import type { ReceivedResponse, RawRequest } from "../bad-input/request-builder";
import type { StatusServers } from "./servers";

/** An operation of a contract, as its spec names it. */
export interface OperationName {
  contract: string;
  method: "get" | "post";
  path: string;
}

/** An operation with a good request for it. */
export interface TestedOperation extends OperationName {
  makeRequest: (servers: StatusServers) => Promise<RawRequest>;
}

/** How one status of one operation comes about at an unchanged server. */
export interface StatusCause extends OperationName {
  /** As the spec declares it: a number, or `default`. */
  declared: string;
  /** The status that is sent. */
  status: number;
  /** For docs/statuses.md: what has to happen, as a sentence. */
  description: string;
  produce: (servers: StatusServers) => Promise<ReceivedResponse>;
}

/** Statuses that a contract declares only by its `default`. */
const declaredByDefault: Readonly<Record<string, readonly number[]>> = {
  weavr: [404, 405, 413, 415],
  "weavr-login": [404, 405, 413, 415],
  "weavr-step-up": [404, 405, 413, 415],
};

export function makeCause(operation: OperationName, status: number, description: string, produce: StatusCause["produce"]): StatusCause {
  const { contract, method, path } = operation;
  const declared = declaredByDefault[contract]?.includes(status) === true ? "default" : String(status);
  return { contract, method, path, declared, status, description: description, produce };
}

/** One line that identifies a declared status of an operation. */
export function statusKey({ contract, method, path, declared }: OperationName & { declared: string }): string {
  return `${contract} ${method.toUpperCase()} ${path} ${declared}`;
}
