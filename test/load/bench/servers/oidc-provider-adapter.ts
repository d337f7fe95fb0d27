import type { Adapter } from "oidc-provider";
import pg from "pg";

/** A small Postgres adapter for oidc-provider: a row per model, one statement per call. */
export function makeAdapterFactory(connection: pg.PoolConfig): (model: string) => Adapter {
  const pool = new pg.Pool({ ...connection, max: 10 });

  return (model) => ({
    async upsert(id, payload, expiresIn) {
      await pool.query({
        name: "upsert",
        text: `INSERT INTO oidc_models (id, model, payload, expires_at) VALUES ($1, $2, $3, now() + $4 * interval '1 second')
          ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`,
        values: [id, model, payload, expiresIn],
      });
    },
    async find(id) {
      const text = "SELECT payload FROM oidc_models WHERE model = $1 AND id = $2 AND expires_at > now()";
      const { rows } = await pool.query<{ payload: object }>({ name: "find", text, values: [model, id] });
      return rows[0]?.payload;
    },
    async destroy(id) {
      await pool.query({ name: "destroy", text: "DELETE FROM oidc_models WHERE model = $1 AND id = $2", values: [model, id] });
    },
  });
}
