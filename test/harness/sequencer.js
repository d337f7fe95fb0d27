/** The order of the test files. */
const { default: TestSequencer } = require("@jest/test-sequencer");

/**
 * Files that take 8 s or more, longest first, by the end of their paths. In a fresh checkout Jest knows no durations and takes the size
 * of a file for its length: it would begin some of these last, and one worker would have nothing to do while the other ends them.
 */
const longer = [
  ...["contract-writer/proof", "front-door/front-door", "load/scenarios", "codegen/sixth-contract", "docs/docs", "server/drain"],
  ...["races/one-time-things", "package/package", "embedded-postgres/embedded", "faults/server-states", "faults/wire", "load/allocations"],
  ...["process/first-start", "bad-input/tokens", "statuses/statuses", "bad-input/database", "limits/failed-authentications"],
  ...["contracts-folder/contracts-folder", "process/linked-files", "process/unsafe-start", "process/listeners", "interop/openid-client"],
  ...["codegen/codegen", "process/faulty-start", "bad-input/pages-and-proxies", "limits/logins", "client-auth/jwks-uri"],
  ...["properties/properties", "process/workers", "faults/judgement", "server/connections", "bad-input/services"],
  ...["metrics/workers-metrics", "client-auth/hanging-jwks-uri", "services/weavr-step-up", "store/round-trips", "pages/framework"],
  ...["http/cors", "store/rotation-faults", "cli/polymint"],
].map((path) => `/${path}.test.ts`);

/** @returns its place in the list, behind all of it for other files and those whose duration Jest knows */
function findPlace({ path, duration }) {
  const place = duration === undefined ? longer.findIndex((end) => path.endsWith(end)) : -1;
  return place === -1 ? longer.length : place;
}

module.exports = class extends TestSequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => findPlace(a) - findPlace(b));
  }
};
