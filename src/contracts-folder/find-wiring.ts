import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Compiled code comes first: it needs no other tool, and starts faster. */
const candidates = ["dist/generated/wiring.js", "generated/wiring.js", "generated/wiring.ts"];

/** @returns the file that exports the folder's contracts; undefined if there is none */
export function findWiring(folder: string): string | undefined {
  return candidates.map((candidate) => join(folder, candidate)).find((file) => existsSync(file));
}

/**
 * Finds out whether compiled contracts lack the last changes. A copy without times, or sources that are not there, say no.
 * @returns a source that was changed after the last compilation
 */
export function findLaterSource(folder: string): string | undefined {
  const compiled = Math.max(0, ...listTimes(join(folder, "dist")).map(({ changedAt }) => changedAt));
  const sources = ["generated", "src"].flatMap((part) => listTimes(join(folder, part)));
  return sources.find(({ changedAt }) => changedAt > compiled)?.file;
}

function listTimes(folder: string): { file: string; changedAt: number }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:ts|js|json)$/.test(name))
    .map((name) => ({ file: join(folder, name), changedAt: statSync(join(folder, name)).mtimeMs }));
}
