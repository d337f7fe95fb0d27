#!/usr/bin/env node
// Plain JavaScript, and in the checkout before anything is built: `npx polymint` must find a file to say so.
const { existsSync } = require("node:fs");
const { join, resolve } = require("node:path");

const command = join(__dirname, "..", "dist", "src", "cli", "polymint.js");
if (existsSync(command)) require(command);
else {
  process.stderr.write(`Polymint is not built yet: run make build in ${resolve(__dirname, "..")}, then try again.\n`);
  process.exitCode = 1;
}
