import { Unavailable } from "../../engine/refusal";

/** Something of that name exists already. The message is for whoever administers the server. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
}

/** There is no such thing. The message is for whoever administers the server. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}

/** SQLSTATEs that are answers, not failures (PostgreSQL documentation, Appendix A). */
export const sqlState = {
  uniqueViolation: "23505",
  foreignKeyViolation: "23503",
  /** Also "no partition found for row". */
  checkViolation: "23514",
  duplicateTable: "42P07",
  /** What a table being made twice at once can also look like: its row type is there first. */
  duplicateObject: "42710",
  undefinedTable: "42P01",
  lockNotAvailable: "55P03",
  /** A write to a server that takes none, as the old one after a failover. */
  readOnly: "25006",
  diskFull: "53100",
  ioError: "58030",
  deadlock: "40P01",
} as const;

/** Whether the database refused with one of these SQLSTATEs, or was unavailable for it. */
export function hasSqlState(thrown: unknown, ...states: readonly string[]): boolean {
  const refusal = thrown instanceof Unavailable ? thrown.cause : thrown;
  return refusal instanceof Error && "code" in refusal && typeof refusal.code === "string" && states.includes(refusal.code);
}

/** Whether a table was not made because somebody else made it, just now or before. */
export function isAlreadyCreated(thrown: unknown): boolean {
  return hasSqlState(thrown, sqlState.duplicateTable, sqlState.duplicateObject, sqlState.uniqueViolation);
}

/**
 * Runs an insert and names what its constraints say.
 * @throws ConflictError for a row that exists, NotFoundError for a reference to one that does not
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
