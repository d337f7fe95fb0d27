/** The command line beside a server of the test, on the server's database. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPolymint, type TestOptions, type TestPolymint } from "../../src/testkit";
import { makePolymint, type Polymint } from "../cli/command";

/** Starts a server on the real time, which the commands read too. */
export async function startWithCommands(options: TestOptions = {}): Promise<{ polymint: TestPolymint; commands: Polymint }> {
  let connection: Record<string, unknown> = {};
  const polymint = await startPolymint({
    clock: "real",
    connectThrough: (found) => (connection = found),
    ...options,
  });
  const env = {
    DATABASE_URL: toUrl(connection),
    POLYMINT_PEPPER: polymint.pepper.toString("base64"),
    POLYMINT_MASTER_KEY: polymint.masterKey.toString("base64"),
  };
  return { polymint, commands: makePolymint(mkdtempSync(join(tmpdir(), "polymint-beside-")), env) };
}

function toUrl(connection: Record<string, unknown>): string {
  if (typeof connection.connectionString === "string") return connection.connectionString;
  const { database, ...rest } = connection;
  const parameters = new URLSearchParams(Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]));
  return `postgres://localhost/${String(database)}?${parameters.toString()}`;
}
