import type { TestPolymint } from "../testkit";

/** Does the work while a table has another name, so that every statement about it fails. */
export async function withoutTable<T>({ database }: TestPolymint, table: string, work: () => PromiseLike<T>): Promise<T> {
  await database.build((knex) => knex.schema.renameTable(table, "mislaid"));
  try {
    return await work();
  } finally {
    await database.build((knex) => knex.schema.renameTable("mislaid", table));
  }
}

/** @returns the number of rows in the ledger, which tells whether a token was issued */
export async function countIssuedTokens({ database }: TestPolymint): Promise<number> {
  return (await database.build((knex) => knex("issued_tokens").pluck<string[]>("jti"))).length;
}
