/** The tests of `make databases`: they need more than the one PostgreSQL that `make test` brings. */
const { jest } = require("../../package.json");

module.exports = {
  ...jest,
  rootDir: "../..",
  roots: ["<rootDir>/test/databases"],
  testPathIgnorePatterns: ["/node_modules/"],
};
