import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "@swc/core";
import type { InstalledServer } from "../../../harness/installed-server";

/** What is wrong with a server that a scenario must catch. Each is a file in `broken`. */
export type Flaw = "answers-first" | "cuts-off" | "hangs-up";

/**
 * Settings that make the newcomer's server a broken one: Node loads the flaw before anything else, which puts one bad part
 * in a good one's place. All the rest is the real server, process for process.
 */
export function brokenBy(flaw: Flaw, { folder }: InstalledServer): Readonly<Record<string, string>> {
  const sources = join(__dirname, "broken");
  // Beside the compiled sources as it is beside the sources, so that the same paths lead there.
  const compiled = join(folder, "dist", "test", "load", "stress", "process", "broken");
  mkdirSync(compiled, { recursive: true });
  for (const file of readdirSync(sources)) {
    const { code } = transformSync(readFileSync(join(sources, file), "utf8"), {
      jsc: { target: "es2022", parser: { syntax: "typescript" } },
      module: { type: "commonjs" },
    });
    writeFileSync(join(compiled, file.replace(/\.ts$/, ".js")), code);
  }
  return { NODE_OPTIONS: `--require ${join(compiled, `${flaw}.js`)}` };
}
