/** Ends the run with the one line that CI reads in any language. A file that could not be run counts as a failure. */
module.exports = class CountReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // Jest's own summary comes after all reporters; this line has to be the last.
    process.once("exit", () => process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed\n`));
  }
};
