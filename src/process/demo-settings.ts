import { join } from "node:path";
import { rmSync } from "node:fs";
import { readDataFile, readDataJson, replaceDataFile } from "../data-folder/files";

/** How a demonstration was started, so that the commands it prints work on its database from any folder and terminal. */
export interface DemoSettings {
  /** Absolute. Settings that are paths start from here. */
  workingFolder: string;
  /** The settings that were given, by name. Some are secrets, so they stand in a file and not in what is printed. */
  environment: Readonly<Record<string, string>>;
}

const settingsFile = "demo-settings.json";

/**
 * Keeps the settings in the data folder, in a file that only this user can read, while the demonstration runs.
 * @returns a function that removes the file, unless another demonstration has taken the place of this one
 */
export function keepDemoSettings(folder: string, { workingFolder, environment }: DemoSettings): () => void {
  const file = join(folder, settingsFile);
  const kept = { pid: process.pid, workingFolder, environment: { ...environment, POLYMINT_DATA: folder } };
  const text = `${JSON.stringify(kept, null, 2)}\n`;
  replaceDataFile(file, text);
  return () => {
    if (readDataFile(file) === text) rmSync(file, { force: true });
  };
}

/** @returns undefined if no demonstration runs on this data folder */
export function readDemoSettings(folder: string): DemoSettings | undefined {
  return readDataJson(join(folder, settingsFile)) as DemoSettings | undefined;
}
