/** Which part of a list to read. Lists are sorted by a key that no two rows share, so that no row is left out or read twice. */
export interface PageRequest {
  /** Rows at most. */
  limit: number;
  /** The cursor of the last row before this part; undefined for the beginning of the list. */
  after?: string;
}

/** SQL for a time as a cursor has it: microseconds, as PostgreSQL keeps them. The driver's dates have milliseconds. */
export function makeCursorTimeSql(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** SQL for whether a text is in one of these columns, or in some of them with a space between, in any case. */
export function makeSearchSql(...columns: readonly string[]): string {
  return `position(lower(?) IN lower(concat_ws(' ', ${columns.join(", ")}))) > 0`;
}
