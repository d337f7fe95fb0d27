/** `make pooler-suite`: suites of `make test`, each database of which is behind a PgBouncer. */
const { jest } = require("../../package.json");

// For the workers of Jest and the children of tests.
process.env.POLYMINT_BEHIND_POOLER = "1";

module.exports = {
  ...jest,
  rootDir: "../..",
  roots: ["contracts", "qualities/faults", "qualities/races", "store"].map((folder) => `<rootDir>/test/${folder}`),
  setupFilesAfterEnv: [...(jest.setupFilesAfterEnv ?? []), "<rootDir>/test/databases/harness/through-pooler.ts"],
};
