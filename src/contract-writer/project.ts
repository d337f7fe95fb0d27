import { readProject } from "../codegen";

/** A folder with `openapi/`, `generated/`, `src/contracts/` and `test/contracts/`. */
export interface WriterProject {
  root: string;
  /** Whether it is a checkout of this server. */
  isCheckout: boolean;
  /** What the files of a contract import the server by. */
  kit: string;
  /** What the test of a contract imports the suite by. */
  suite: string;
}

/** Reads what kind of project a folder is. */
export function readWriterProject(folder: string): WriterProject {
  const { root, isCheckout } = readProject(folder);
  return {
    root,
    isCheckout,
    kit: isCheckout ? "../kit" : "polymint/contract",
    suite: isCheckout ? "../../src/contract-suite" : "polymint/contract-suite",
  };
}
