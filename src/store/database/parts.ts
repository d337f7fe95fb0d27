import type { Statement } from ".";

/**
 * One query of a statement that does several things at once: a name, under which the other queries read what it returns, its
 * SQL, and the values of its `?`.
 */
export interface Part {
  name: string;
  sql: string;
  values: readonly unknown[];
}

const composed = new Map<string, Statement>();

/**
 * Composes a statement of parts that write. PostgreSQL runs every part, to its end, and each sees the tables as they were
 * before the statement (documentation, 7.8.4): a part that depends on another must read what that one returns.
 * @param name the same for the same parts only: the statement is composed once and prepared under it
 * @param result SQL of the SELECT that makes the result
 */
export function composeStatement(name: string, parts: readonly Part[], result: string): { statement: Statement; values: unknown[] } {
  const statement = composed.get(name) ?? { name, text: joinParts(parts, result) };
  composed.set(name, statement);
  return { statement, values: parts.flatMap(({ values }) => values) };
}

function joinParts(parts: readonly Part[], result: string): string {
  return `WITH ${parts.map((part) => `${part.name} AS (${part.sql})`).join(",\n")} ${result}`;
}
