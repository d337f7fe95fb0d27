import type { ClientRegistry } from "../../engine/ports/clients";
import type { Client, Clock } from "../../engine/client";
import type { Database } from "../database";
import { toTimestamp } from "../database/timestamps";

export interface RegistryPorts {
  database: Database;
  /** Decides which secrets are still alive. */
  clock: Clock;
}

/** Clients as they stand now: one statement each time. Requests go through `client-cache.ts`. */
export function makeClientRegistry({ database, clock }: RegistryPorts): ClientRegistry {
  return {
    async byId(clientId) {
      const { rows } = await database.query<Client>(byIdStatement, [toTimestamp(clock()), clientId]);
      return rows[0];
    },
    async bySecretDigest(digest) {
      const now = toTimestamp(clock());
      const { rows } = await database.query<Client>(bySecretStatement, [now, digest, now]);
      return rows[0];
    },
  };
}

/** Named as in the engine's `Client`, so that a row is one. */
const clientColumns = `
  c.id, c.name, c.status, c.dialects AS contracts, c.services, c.grants, c.scopes, c.auth_methods AS "authMethods",
  ARRAY(
    SELECT s.digest FROM client_secrets s
    WHERE s.client_id = c.id AND (s.expires_at IS NULL OR s.expires_at > ?::timestamptz)
    ORDER BY s.created_at DESC, s.id DESC
  ) AS "secretDigests",
  c.jwks, c.jwks_uri AS "jwksUri", c.assertion_algorithms AS "assertionAlgorithms",
  c.redirect_uris AS "redirectUris", c.tls_subject AS "tlsSubject", c.certificate_bound_tokens AS "certificateBoundTokens",
  c.lifetime_seconds AS "lifetimeSeconds", c.claims`;

const byIdStatement = { name: "client_by_id", text: `SELECT ${clientColumns} FROM clients c WHERE c.id = ?` };

const bySecretStatement = {
  name: "client_by_secret",
  text: `
    SELECT ${clientColumns} FROM client_secrets found JOIN clients c ON c.id = found.client_id
    WHERE found.digest = ? AND (found.expires_at IS NULL OR found.expires_at > ?::timestamptz)`,
};
