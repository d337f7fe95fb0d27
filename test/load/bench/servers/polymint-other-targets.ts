/** The requests of the benchmark at Polymint beside those of the contracts. */
import { randomUUID } from "node:crypto";
import type { SecretDigest } from "../../../../src/engine/ports/clients";
import type { Register } from "../../../../src/registration/register";
import { makeSecret } from "../../../../src/secrets/secret";
import type { Database } from "../../../../src/store/database";
import type { SeededPerson } from "../../../../src/testkit/seed";
import { tokenPaths } from "../../../harness/token-requests";
import { askedTokens, type otherEndpoints, type Target } from "./contender";
import { basic, makeIntrospectionTarget, makeRefreshTarget } from "./targets";

export interface OtherTargetPorts {
  url: string;
  database: Database;
  register: Register;
  digest: SecretDigest;
  person: SeededPerson;
  /** The token endpoint whose tokens are introspected. */
  issuing: Target;
}

/** Registers the clients of these requests, too. */
export async function makeOtherTargets(ports: OtherTargetPorts): Promise<Record<(typeof otherEndpoints)[number], Target>> {
  const { url, register, issuing } = ports;
  const { client, secret } = await register({
    id: "bench-app",
    contracts: ["screening-eagle"],
    scopes: askedTokens.refresh.scope.split(" "),
    redirectUris: ["https://app.example.net/callback"],
    services: ["introspection"],
  });
  const authorization = basic(client.id, secret?.value ?? "");
  return {
    refresh: makeRefreshTarget(
      { url: `${url}${tokenPaths["screening-eagle"]}`, authorization },
      () => makeSecret("refresh_token"),
      (tokens) => storeRefreshTokens(tokens, client.id, ports),
    ),
    introspection: makeIntrospectionTarget(url, authorization, issuing),
  };
}

/** Stores each token in a family of its own, since the tokens of a family wait for each other. */
async function storeRefreshTokens(
  tokens: readonly string[],
  clientId: string,
  { database, digest, person }: OtherTargetPorts,
): Promise<void> {
  const families = tokens.map(() => randomUUID());
  await database.transaction(async (transaction) => {
    await transaction.raw(storeFamiliesText, [clientId, person.id, askedTokens.refresh.scope, families]);
    await transaction.raw(storeTokensText, [tokens.map(digest), families]);
  });
}

const storeFamiliesText = `
  INSERT INTO token_families (id, client_id, person_id, scope, auth_time, created_at, expires_at)
  SELECT family, ?, ?, ?, now(), now(), now() + interval '180 days' FROM unnest(?::uuid[]) AS family`;

const storeTokensText = `
  INSERT INTO refresh_tokens (digest, family, created_at, expires_at)
  SELECT digest, family, now(), now() + interval '1 day' FROM unnest(?::bytea[], ?::uuid[]) AS row (digest, family)`;
