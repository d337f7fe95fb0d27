import { readDataFolder, replaceSettings } from "../config";
import { readDemoSettings } from "../process/demo-settings";
import { CommandError } from "./errors";

/**
 * Gives this command the settings of the demonstration that runs on its data folder, in place of its own.
 * @throws CommandError if none runs there
 */
export function takeDemoSettings(): void {
  const folder = readDataFolder(process.env);
  const found = readDemoSettings(folder);
  if (found === undefined)
    throw new CommandError("not_found", `no \`polymint serve --demo\` runs on ${folder}; POLYMINT_DATA names the folder of one`);
  process.env = replaceSettings(process.env, found.environment);
  process.chdir(found.workingFolder);
}
