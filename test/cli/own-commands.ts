/** The command line on a test database, for tests of commands for which the embedded PostgreSQL makes no difference. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wiring } from "../../generated/wiring";
import { readConfig } from "../../src/config";
import { openResources, type Resources } from "../../src/process/resources";
import { makeTestDatabase } from "../../src/testkit/test-database";
import { databaseUrlOf } from "../harness/installed-server";
import { makePolymint, type Polymint } from "./command";

/** Commands, and what a server that runs beside them has open. */
export interface OwnCommands extends Polymint {
  backing: Resources;
  /** For files that the commands read. */
  folder: string;
  close(): Promise<void>;
}

/** To set up an embedded PostgreSQL and to wait for its end takes seconds; a copy of the migrated database is there at once. */
export async function openOwnCommands(): Promise<OwnCommands> {
  const database = await makeTestDatabase(process.env.DATABASE_URL);
  const folder = mkdtempSync(join(tmpdir(), "polymint-cli-"));
  const makeSecret = (): string => randomBytes(32).toString("base64");
  const settings = { DATABASE_URL: databaseUrlOf(database), POLYMINT_PEPPER: makeSecret(), POLYMINT_MASTER_KEY: makeSecret() };
  const contracts = wiring.map(({ name }) => name);
  const backing = await openResources(readConfig({ ...settings, POLYMINT_DATA: join(folder, "data") }, contracts));
  return {
    ...makePolymint(join(folder, "data"), settings),
    backing,
    folder,
    close: async () => {
      await backing.close();
      await database.drop();
      rmSync(folder, { recursive: true });
    },
  };
}
