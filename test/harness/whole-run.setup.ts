/** Runs once, before all test files. */
import { chooseTemporaryFolder } from "./temporary-folder";
import { holdPostgres } from "./held-postgres";

export default function prepareRun(): void {
  chooseTemporaryFolder();
  holdPostgres();
}
