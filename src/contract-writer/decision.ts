/** The files of a written contract, without their endings. */
export type WrittenFile = "spec" | "policy" | "read" | "grant" | "refuse" | "demo" | "index" | "test";

/** What was decided about a contract, and the line that says it. */
export interface Decision {
  what: string;
  value: string;
  why: string;
  /** `file:line` from the folder of the project. */
  where: string;
}

/** A decision before the files are formatted: it names a piece of the line, or the place in the spec. */
export interface LocatedDecision {
  what: string;
  value: string;
  why: string;
  at: { file: "spec"; pointer: readonly string[] } | { file: Exclude<WrittenFile, "spec">; text: string };
}

/** A contract that cannot be written. The message says why and what helps. */
export class ContractWriterError extends Error {
  override readonly name = "ContractWriterError";
}
