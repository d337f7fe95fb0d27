/** Runs once, after all test files. */
import { releasePostgres } from "./held-postgres";

export default releasePostgres;
