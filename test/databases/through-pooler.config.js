/** `make pooler-suite`: suites of `make test`, each database of which is behind a PgBouncer. */
const { jest } = require("../../package.json");

module.exports = {
  ...jest,
  rootDir: "../..",
  roots: ["contracts", "qualities/faults", "qualities/races", "store"].map((folder) => `<rootDir>/test/${folder}`),
  setupFilesAfterEnv: [...(jest.setupFilesAfterEnv ?? []), "<rootDir>/test/databases/harness/through-pooler.ts"],
};
