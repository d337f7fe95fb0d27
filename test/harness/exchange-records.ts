import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transformFileSync } from "@swc/core";
import type { ExchangePart } from "./exchange";

/** Where servers in processes of their own write down what goes in and out of them. */
export interface ExchangeRecords {
  /** Adds to the environment of a server that is about to be started. */
  askFor(environment: Map<string, string>): void;
  /** What was written since the last time, and what such a server logs to a file beside it. */
  take(): { exchanges: ExchangePart[]; lines: string[] };
  remove(): void;
}

export function makeExchangeRecords(): ExchangeRecords {
  let folder: string | undefined;
  const taken = new Map<string, number>();
  const fresh = (ending: string): string[] => {
    if (folder === undefined) return [];
    const files = readdirSync(folder).filter((name) => name.endsWith(ending));
    return files.flatMap((name) => {
      const whole = readFileSync(join(folder ?? "", name), "utf8");
      const lines = whole.slice(taken.get(name) ?? 0, whole.lastIndexOf("\n") + 1);
      taken.set(name, (taken.get(name) ?? 0) + lines.length);
      return lines.split("\n").slice(0, -1);
    });
  };
  return {
    askFor: (environment) => {
      folder ??= withRecorder(mkdtempSync(join(tmpdir(), "polymint-exchanges-")));
      environment.set("EXCHANGES_FOLDER", folder);
      const recorder = `--require ${join(folder, "exchange-recorder.js")}`;
      environment.set("NODE_OPTIONS", [environment.get("NODE_OPTIONS") ?? "", recorder].join(" ").trim());
    },
    take: () => ({ exchanges: fresh(".exchanges").map((line) => JSON.parse(line) as ExchangePart), lines: fresh(".log") }),
    remove: () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      folder = undefined;
      taken.clear();
    },
  };
}

/** Plain JavaScript, since the server that loads it may know of nothing else. */
function withRecorder(folder: string): string {
  for (const name of ["exchange", "exchange-recorder"]) {
    const { code } = transformFileSync(join(__dirname, `${name}.ts`), {
      jsc: { target: "es2022", parser: { syntax: "typescript" } },
      module: { type: "commonjs" },
    });
    writeFileSync(join(folder, `${name}.js`), code);
  }
  return folder;
}
