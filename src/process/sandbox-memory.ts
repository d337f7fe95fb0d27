import type { Database } from "../store/database";
import { makeSettings } from "../store/database/settings";

/** Whether the server that was started last on a database has the sandbox, so that a command beside it can tell. */
const settingName = "sandbox_of_last_server";

/** Keeps whether this server has the sandbox. */
export function rememberSandbox(database: Database, hasSandbox: boolean): Promise<void> {
  return makeSettings(database).put(settingName, hasSandbox ? "on" : "off");
}

/** @returns undefined if no server has ever been started on this database */
export async function recallSandbox(database: Database): Promise<"on" | "off" | undefined> {
  const value = await makeSettings(database).get(settingName);
  return value === "on" || value === "off" ? value : undefined;
}
