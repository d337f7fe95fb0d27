import type { Config } from "../config";
import type { WiredContract } from "../contracts/wire";
import { formatBanner } from "./demo-banner";
import { listDemoCommands } from "./demo-commands";
import { collectDemoFacts } from "./demo-facts";
import type { DemoCredentials } from "./demo-seed";
import { listListeners } from "./listeners";

/**
 * @param contracts those that are switched on
 * @param demo undefined if the server is no demonstration
 * @param folder the folder of local files
 * @returns what the server prints once it serves
 */
export async function formatGreeting(
  config: Config,
  contracts: readonly WiredContract[],
  demo: DemoCredentials | undefined,
  folder: string,
): Promise<string> {
  if (demo === undefined) {
    const places = listListeners(config).map(({ host, port, tls }) => `on ${host} port ${port}${tls === undefined ? "" : " with TLS"}`);
    return `Polymint listens ${places.join(" and ")}${config.serve === "read" ? ", and only reads" : ""}`;
  }
  const facts = collectDemoFacts(config, folder);
  return formatBanner(await listDemoCommands(contracts, demo, facts), facts);
}
