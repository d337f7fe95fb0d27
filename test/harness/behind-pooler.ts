/** Whether the databases of this run are behind PgBouncer: test/databases/through-pooler.config.js. */
export const isBehindPooler = process.env.POLYMINT_BEHIND_POOLER === "1";
