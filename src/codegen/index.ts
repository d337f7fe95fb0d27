export { type HttpMethod, httpMethods, isHttpMethod } from "./methods";
export { findNameFault, toKebabCase } from "./name-rules";
export { SpecFaults } from "./spec-files";
export { type Pointer, type Position, type SpecText, parseSpecText } from "./spec-text";
export { readProject } from "./generate";
export type { Project } from "./wiring";
export { watchUntilStopped } from "./watch";
export { type Change, describeChanges, findStale, updateGenerated } from "./write";
