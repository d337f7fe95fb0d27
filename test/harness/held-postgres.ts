/**
 * Holds the PostgreSQL of the tests during a whole run. Otherwise it would stop a second after each moment in which no suite uses it,
 * and the next suite would wait for its start.
 */
import type { EmbeddedPostgres } from "../../src/embedded-postgres";
import { useTestPostgres } from "../../src/testkit/test-database";

/** Jest loads the modules of its setup again for its teardown. */
const held = Symbol.for("polymint.heldPostgres");

/** Does not wait for the start. If it fails, the suites that need PostgreSQL say why. */
export function holdPostgres(): void {
  if (process.env.DATABASE_URL !== undefined) return;
  Reflect.set(
    globalThis,
    held,
    useTestPostgres().catch(() => undefined),
  );
}

export async function releasePostgres(): Promise<void> {
  const postgres = await (Reflect.get(globalThis, held) as Promise<EmbeddedPostgres | undefined> | undefined);
  await postgres?.release();
}
