/**
 * Leads every test database of a suite through a PgBouncer of its own: what a test calls its database is the pooler's address, and
 * every pool that is opened there has the setting. So suites that know nothing of poolers run behind one.
 */
import type * as StoreDatabase from "../../../src/store/database";
import type * as TestDatabases from "../../../src/testkit/test-database";
import { startPgBouncer, type Target } from "./pgbouncer";

jest.mock("../../../src/testkit/test-database", () => {
  const actual = jest.requireActual<typeof TestDatabases>("../../../src/testkit/test-database");
  return { ...actual, makeTestDatabase: (url?: string) => makeBehindPooler(actual, url) };
});

jest.mock("../../../src/store/database", () => {
  const actual = jest.requireActual<typeof StoreDatabase>("../../../src/store/database");
  const openDatabase: typeof actual.openDatabase = (settings) =>
    actual.openDatabase(isTestDatabase(settings.connection) ? { pooler: "transaction", ...settings } : settings);
  return { ...actual, openDatabase };
});

/** A suite has several databases on a PostgreSQL of sixty connections, which pools without a pooler soon give back. */
const changes = { server_idle_timeout: "5" };

async function makeBehindPooler(actual: typeof TestDatabases, url?: string): Promise<TestDatabases.TestDatabase> {
  const own = await actual.makeTestDatabase(url);
  const bouncer = await startPgBouncer(readTarget(own.connection), changes);
  return {
    connection: bouncer.lead(own.connection),
    drop: async () => {
      await own.drop();
      await bouncer.stop();
    },
  };
}

function readTarget({ host, port, connectionString }: Record<string, unknown>): Target {
  if (typeof connectionString !== "string") return { host: String(host), port: Number(port) };
  const url = new URL(connectionString);
  return { host: url.hostname, port: Number(url.port) };
}

/** Templates are made without a pooler: databases are created outside transactions. */
function isTestDatabase(connection: StoreDatabase.DatabaseSettings["connection"]): boolean {
  return JSON.stringify(connection).includes("polymint_test_");
}
