import type { DecisionPlace } from "../vendor-spec";

export type { LocatedDecision } from "../vendor-spec";

/** The files of a written contract, without their endings. */
export type WrittenFile = DecisionPlace["file"];

/** What was decided about a contract, and the line that says it. */
export interface Decision {
  what: string;
  value: string;
  why: string;
  /** `file:line` from the folder of the project. */
  where: string;
}

/** A contract that cannot be written. The message says why and what helps. */
export class ContractWriterError extends Error {
  override readonly name = "ContractWriterError";
}
