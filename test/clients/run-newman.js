/**
 * Runs Postman collections with newman, one after another in one process. Input: a JSON line with the runs. Output: what each request
 * was answered, as JSON.
 *
 *   node run-newman.js MODULES < runs.json
 */
const { join } = require("node:path");
const { readFileSync } = require("node:fs");

const newman = require(join(process.argv[2], "newman"));

function run({ collection, environment, folders }) {
  return new Promise((resolve, reject) => {
    newman.run({ collection, environment, folder: folders }, (error, summary) => {
      if (error) return reject(error);
      resolve({
        answers: summary.run.executions.map(({ item, response }) => ({ name: item.name, status: response && response.code })),
        failures: summary.run.failures.map(({ error: { message } }) => message),
        token: summary.environment.get("access_token"),
      });
    });
  });
}

async function main() {
  const results = [];
  for (const each of JSON.parse(readFileSync(0, "utf8"))) results.push(await run(each));
  process.stdout.write(JSON.stringify(results));
}

void main();
