/** Makes servers in other processes record what they receive and answer, and reads it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transformFileSync } from "@swc/core";
import type { ExchangePart } from "./exchange";

/** The files in which servers in other processes record their requests and responses. */
export interface ExchangeRecords {
  /** Adds to the environment of a server that is about to start, so that it records. */
  enable(environment: Map<string, string>): void;
  /** Takes the exchanges recorded since the last call, and the log lines that such servers wrote to files beside them. */
  takeNew(): { exchanges: ExchangePart[]; lines: string[] };
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
    enable: (environment) => {
      folder ??= writeRecorder(mkdtempSync(join(tmpdir(), "polymint-exchanges-")));
      environment.set("EXCHANGES_FOLDER", folder);
      const recorder = `--require ${join(folder, "exchange-recorder.js")}`;
      environment.set("NODE_OPTIONS", [environment.get("NODE_OPTIONS") ?? "", recorder].join(" ").trim());
    },
    takeNew: () => ({ exchanges: fresh(".exchanges").map((line) => JSON.parse(line) as ExchangePart), lines: fresh(".log") }),
    remove: () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      folder = undefined;
      taken.clear();
    },
  };
}

/** Writes the recorder as plain JavaScript, since not every server process can load TypeScript. */
function writeRecorder(folder: string): string {
  for (const name of ["exchange", "exchange-recorder"]) {
    const { code } = transformFileSync(join(__dirname, `${name}.ts`), {
      jsc: { target: "es2022", parser: { syntax: "typescript" } },
      module: { type: "commonjs" },
    });
    writeFileSync(join(folder, `${name}.js`), code);
  }
  return folder;
}
