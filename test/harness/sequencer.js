/** The order of the test files. */
const { default: TestSequencer } = require("@jest/test-sequencer");

/**
 * Files that take 15 s or more although they are small, by the end of their paths. In a fresh checkout Jest knows no durations and takes
 * the size of a file for its length: it would begin these last, and one worker would have nothing to do while the other ends them.
 */
const longer = [
  ...["contract-writer/proof", "qualities/races/one-time-things", "load/scenarios", "docs/docs", "qualities/package/package"],
  ...["qualities/bad-input/tokens", "qualities/statuses/statuses", "qualities/faults/server-states", "codegen/watch"],
  ...["qualities/faults/wire", "qualities/bad-input/services", "qualities/bad-input/pages-and-proxies", "load/allocations"],
].map((path) => `/${path}.test.ts`);

module.exports = class extends TestSequencer {
  sort(tests) {
    const isLonger = ({ path, duration }) => duration === undefined && longer.some((end) => path.endsWith(end));
    const sorted = super.sort(tests);
    return [...sorted.filter(isLonger), ...sorted.filter((test) => !isLonger(test))];
  }
};
