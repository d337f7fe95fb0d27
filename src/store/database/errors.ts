import { Unavailable } from "../../engine/refusal";

/** An object of that name exists already. The message is for the operator. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
}

/** There is no such object. The message is for the operator. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}

/** SQLSTATEs that the code reacts to (PostgreSQL documentation, Appendix A). */
export const sqlState = {
  uniqueViolation: "23505",
  foreignKeyViolation: "23503",
  /** Also "no partition found for row". */
  checkViolation: "23514",
  duplicateTable: "42P07",
  /** Also thrown when two processes create the same table at once: its row type exists first. */
  duplicateObject: "42710",
  undefinedTable: "42P01",
  lockNotAvailable: "55P03",
  /** A write to a read-only server, such as the former primary after a failover. */
  readOnly: "25006",
  diskFull: "53100",
  ioError: "58030",
  deadlock: "40P01",
  duplicateStatement: "42P05",
  undefinedStatement: "26000",
  protocolViolation: "08P01",
  /** Also a server that refuses connections with, or without, TLS (pg_hba.conf). */
  invalidAuthorization: "28000",
} as const;

/** Whether the error, or the cause of an `Unavailable`, has one of these SQLSTATEs. */
export function hasSqlState(thrown: unknown, ...states: readonly string[]): boolean {
  return states.includes(readSqlState(thrown) ?? "");
}

/** @returns the SQLSTATE of an error, or of the cause of an `Unavailable`; undefined for an error that is not PostgreSQL's */
export function readSqlState(thrown: unknown): string | undefined {
  const error = thrown instanceof Unavailable ? thrown.cause : thrown;
  const isCoded = error instanceof Error && "code" in error && typeof error.code === "string";
  // Codes of sockets, such as EPIPE, can be as long.
  return isCoded && /^[0-9A-Z]{5}$/.test(error.code as string) && !("syscall" in error) ? (error.code as string) : undefined;
}

/** Whether a table was not created because another process has created it, at this moment or before. */
export function isAlreadyCreated(thrown: unknown): boolean {
  return hasSqlState(thrown, sqlState.duplicateTable, sqlState.duplicateObject, sqlState.uniqueViolation);
}

/**
 * Waits for an insert and turns violated constraints into errors for the operator.
 * @throws ConflictError for a row that exists, NotFoundError for a reference to a row that does not
 */
export async function explainInsertErrors<T>(insert: Promise<T>, texts: { conflict: string; notFound?: string }): Promise<T> {
  try {
    return await insert;
  } catch (thrown) {
    if (hasSqlState(thrown, sqlState.uniqueViolation)) throw new ConflictError(texts.conflict, { cause: thrown });
    if (texts.notFound !== undefined && hasSqlState(thrown, sqlState.foreignKeyViolation)) {
      throw new NotFoundError(texts.notFound, { cause: thrown });
    }
    throw thrown;
  }
}
