import { randomBytes } from "node:crypto";
import { nextMessage, startChild, stopChild } from "../child";
import type { BenchDatabase } from "../databases";
import { askedTokens, type Contender } from "./contender";
import { basic, form as formHeaders, makeConstantTarget } from "./targets";

/** The table that adapters of oidc-provider usually have. */
const table = `
  CREATE TABLE oidc_models (
    id text NOT NULL, model text NOT NULL, payload jsonb NOT NULL, expires_at timestamptz NOT NULL, PRIMARY KEY (model, id)
  )`;
const countStatement = {
  name: "bench_count",
  text: "SELECT count(*)::int AS count FROM oidc_models WHERE model = 'ClientCredentials' AND payload->>'clientId' = ?",
};

/** Starts oidc-provider from npm, with a table of its own. */
export async function startOidcProvider({ database, connection }: BenchDatabase): Promise<Contender> {
  await database.build((knex) => knex.raw(table));
  const secret = randomBytes(32).toString("base64url");
  const child = startChild("servers/oidc-provider-process.ts", { BENCH_SECRET: secret, BENCH_CONNECTION: JSON.stringify(connection) });
  const { port } = await nextMessage<{ port: number }>(child, "oidc-provider");
  const common = { url: `http://127.0.0.1:${port}/token`, headers: formHeaders };
  const form = (contract: "abbeycross" | "firstvision", more: Record<string, string> = {}) =>
    new URLSearchParams({
      grant_type: "client_credentials",
      resource: `urn:bench:${contract}`,
      scope: askedTokens[contract].scope,
      ...more,
    }).toString();
  return {
    name: "oidc-provider",
    pid: child.pid ?? 0,
    targets: {
      abbeycross: makeConstantTarget({ ...common, body: form("abbeycross", { client_id: "abbeycross", client_secret: secret }) }),
      firstvision: makeConstantTarget({
        ...common,
        headers: { ...common.headers, authorization: basic("firstvision", secret) },
        body: form("firstvision"),
      }),
    },
    countRows: async (contract) => (await database.query<{ count: number }>(countStatement, [contract])).rows[0]?.count ?? 0,
    stop: () => stopChild(child),
  };
}
