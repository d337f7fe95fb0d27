import { createRequire } from "node:module";
import { isIPv6 } from "node:net";
import { extname, join } from "node:path";
import type { Config } from "../config";
import type { WiredContract } from "../contracts/wire";
import { formatBanner } from "./demo-banner";
import type { DemoCredentials } from "./demo-seed";
import { listListeners } from "./listeners";
import { quoteWord } from "./shell-word";

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
    return `Polymint listens ${places.join(" and ")}`;
  }
  const polymint = listOwnCommand().map(quoteWord).join(" ");
  return formatBanner(contracts, demo, { ...findOwnAddress(config), issuer: config.issuer, folder, polymint });
}

/** @returns the words that run the `polymint` command as this process runs: compiled, or from its sources through tsx */
function listOwnCommand(): string[] {
  const command = join(__dirname, "..", "cli", `polymint${extname(__filename)}`);
  if (extname(__filename) !== ".ts") return [process.execPath, command];
  return [process.execPath, createRequire(__filename).resolve("tsx/cli"), command];
}

/** @returns the base URL by which a command on this machine reaches the server and, if that takes TLS, the certificate to trust */
function findOwnAddress({ host, port, tls, tlsUrl, issuer }: Config): { url: string; certificate?: string } {
  if (port === undefined) return { url: tlsUrl ?? issuer, ...(tls === undefined ? {} : { certificate: quoteWord(tls.certFile) }) };
  const name = ["0.0.0.0", "::", "127.0.0.1", "::1"].includes(host) ? "localhost" : host;
  return { url: `http://${isIPv6(name) ? `[${name}]` : name}:${port}` };
}
