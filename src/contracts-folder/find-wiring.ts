import { existsSync } from "node:fs";
import { join } from "node:path";

/** Compiled code comes first: it needs no other tool, and starts faster. */
const candidates = ["dist/generated/wiring.js", "generated/wiring.js", "generated/wiring.ts"];

/** @returns the file that exports the folder's contracts; undefined if there is none */
export function findWiring(folder: string): string | undefined {
  return candidates.map((candidate) => join(folder, candidate)).find((file) => existsSync(file));
}
