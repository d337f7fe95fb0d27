import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { sign } from "jsonwebtoken";
import { tokenPaths } from "../../../harness/token-requests";
import { nextMessage, startChild, stopChild } from "../child";
import type { BenchDatabase } from "../databases";
import type { Database } from "../../../../src/store/database";
import { type BareSettings, issuer, makeBareDigest } from "./bare-settings";
import { askedTokens, type Contender, type Target } from "./contender";
import { basic, makeAssertionTarget, makeConstantTarget, makeIntrospectionTarget, makeRefreshTarget } from "./targets";

/** The columns of Polymint's tables, without partitions; a refresh token has the columns of its family. */
const tables = `
  CREATE TABLE issued_tokens (
    jti uuid NOT NULL, issued_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, dialect text NOT NULL,
    client_id text NOT NULL, grant_type text NOT NULL, subject text NOT NULL, actor text, scope text NOT NULL,
    revoked_at timestamptz, PRIMARY KEY (expires_at, jti)
  );
  CREATE TABLE used_assertions (
    client_id text NOT NULL, jti text NOT NULL, expires_at timestamptz NOT NULL, PRIMARY KEY (client_id, jti)
  );
  CREATE TABLE refresh_tokens (
    digest bytea PRIMARY KEY, family uuid NOT NULL, client_id text NOT NULL, subject text NOT NULL, scope text NOT NULL,
    expires_at timestamptz NOT NULL, rotated_at timestamptz, successor bytea
  )`;
const storeText = `
  INSERT INTO refresh_tokens (digest, family, client_id, subject, scope, expires_at)
  SELECT digest, gen_random_uuid(), 'refresh', '4711', ?, now() + interval '1 day' FROM unnest(?::bytea[]) AS digest`;
const countStatement = { name: "bench_count", text: "SELECT count(*)::int AS count FROM issued_tokens WHERE dialect = ?" };

/**
 * The least code that does the same work: `node:http`, the same signature, a batched insert. It checks only the credentials, knows
 * its clients by heart, and handles no errors.
 */
export async function startBare({ database, connection }: BenchDatabase): Promise<Contender> {
  await database.build((knex) => knex.raw(tables));
  const secret = randomBytes(32).toString("base64url");
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const makeAssertion = (): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: "raidiam", sub: "raidiam", aud: issuer, iat: now, exp: now + 60, jti: randomUUID() };
    return sign(claims, privateKey, { algorithm: "ES256", keyid: "bench" });
  };
  const settings: BareSettings = { connection: { ...connection }, secret, clientKey: publicKey.export({ format: "jwk" }) };
  const child = startChild("servers/bare-process.ts", { BENCH_SETTINGS: JSON.stringify(settings) });
  const { port } = await nextMessage<{ port: number }>(child, "the bare server");
  const url = `http://127.0.0.1:${port}`;
  const constant = makeConstantTargets(url, secret);
  return {
    name: "bare",
    pid: child.pid ?? 0,
    targets: {
      ...constant,
      raidiam: makeAssertionTarget(`${url}${tokenPaths.raidiam}`, makeAssertion),
      refresh: makeRefresh(url, secret, database),
      introspection: makeIntrospectionTarget(url, basic("introspection", secret), constant.abbeycross),
    },
    countRows: async (endpoint) => {
      if (endpoint === "introspection") return undefined;
      return (await database.query<{ count: number }>(countStatement, [endpoint])).rows[0]?.count ?? 0;
    },
    stop: () => stopChild(child),
  };
}

function makeConstantTargets(url: string, secret: string): Record<"abbeycross" | "firstvision", Target> {
  const scope = encodeURIComponent(askedTokens.firstvision.scope);
  return {
    abbeycross: makeConstantTarget({
      url: `${url}${tokenPaths.abbeycross}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_id: "abbeycross", client_secret: secret }),
    }),
    firstvision: makeConstantTarget({
      url: `${url}${tokenPaths.firstvision}?scope=${scope}`,
      headers: { authorization: basic("firstvision", secret) },
    }),
  };
}

function makeRefresh(url: string, secret: string, database: Database): Target {
  const digest = makeBareDigest(secret);
  return makeRefreshTarget(
    { url: `${url}${tokenPaths["screening-eagle"]}`, authorization: basic("refresh", secret) },
    () => randomBytes(32).toString("base64url"),
    async (tokens) => {
      await database.build((knex) => knex.raw(storeText, [askedTokens.refresh.scope, tokens.map(digest)]));
    },
  );
}
