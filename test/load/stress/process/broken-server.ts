/** Breaks an installed server on purpose. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "@swc/core";
import type { InstalledServer } from "../../../harness/installed-server";

/** The flaws that a scenario or a test must catch. Each is a file in `broken`. */
export type Flaw = "allocates" | "answers-first" | "backtracks" | "cuts-off" | "hangs-up" | "holds-places";

/**
 * Settings that break an installed server: Node loads the flaw first, and the flaw replaces one part of the server. Everything
 * else is the real server, with all its processes.
 */
export function brokenBy(flaw: Flaw, { folder }: InstalledServer): Readonly<Record<string, string>> {
  const sources = join(__dirname, "broken");
  // In the same place relative to the compiled sources as to the sources, so that relative imports work.
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
