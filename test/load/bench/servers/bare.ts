import { randomBytes } from "node:crypto";
import { tokenPaths } from "../../../harness/token-requests";
import { nextMessage, startChild, stopChild } from "../child";
import type { BenchDatabase } from "../databases";
import { askedTokens, basic, type Contender, makeConstantTarget } from "./contender";

/** The columns of Polymint's ledger, without its partitions. */
const table = `
  CREATE TABLE issued_tokens (
    jti uuid NOT NULL, issued_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, dialect text NOT NULL,
    client_id text NOT NULL, grant_type text NOT NULL, subject text NOT NULL, actor text, scope text NOT NULL,
    revoked_at timestamptz, PRIMARY KEY (expires_at, jti)
  )`;
const countStatement = { name: "bench_count", text: "SELECT count(*)::int AS count FROM issued_tokens WHERE dialect = ?" };

/**
 * The least code that does the same work: `node:http`, the same signature, a batched insert. It checks only the secret, has two
 * endpoints, and handles no errors.
 */
export async function startBare({ database, connection }: BenchDatabase): Promise<Contender> {
  await database.build((knex) => knex.raw(table));
  const secret = randomBytes(32).toString("base64url");
  const child = startChild("servers/bare-process.ts", { BENCH_SECRET: secret, BENCH_CONNECTION: JSON.stringify(connection) });
  const { port } = await nextMessage<{ port: number }>(child, "the bare server");
  const url = `http://127.0.0.1:${port}`;
  const scope = encodeURIComponent(askedTokens.firstvision.scope);
  return {
    name: "bare",
    targets: {
      abbeycross: makeConstantTarget({
        url: `${url}${tokenPaths.abbeycross}`,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ client_id: "abbeycross", client_secret: secret }),
      }),
      firstvision: makeConstantTarget({
        url: `${url}${tokenPaths.firstvision}?scope=${scope}`,
        headers: { authorization: basic("firstvision", secret) },
      }),
    },
    countRows: async (contract) => (await database.query<{ count: number }>(countStatement, [contract])).rows[0]?.count ?? 0,
    stop: () => stopChild(child),
  };
}
