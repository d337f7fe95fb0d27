export { isHttpMethod } from "./methods";
export { SpecFaults } from "./spec-files";
export { parseSpecText } from "./spec-text";
export { readProject } from "./generate";
export { watchUntilStopped } from "./watch";
export { describeChanges, findStale, updateGenerated } from "./write";
