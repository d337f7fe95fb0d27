import { createRequire } from "node:module";
import { isIPv6 } from "node:net";
import { extname, join } from "node:path";
import type { Config } from "../config";
import type { WiredContract } from "../contracts/wire";
import type { FrontDoorDemo } from "../front-door/options";
import { signDemoAssertion } from "./demo-assertion";
import { type DemoFacts, listDemoCommands } from "./demo-commands";
import { readCredentials } from "./demo-seed";
import { quoteWord } from "./shell-word";

/** @param folder the folder of local files */
export function collectDemoFacts(config: Config, folder: string): DemoFacts {
  const polymint = listOwnCommand().map(quoteWord).join(" ");
  return { ...findOwnAddress(config), issuer: config.issuer, folder, polymint };
}

/** Collects what the pages show of the demonstration that was seeded. @param contracts those that are switched on */
export async function collectFrontDoorDemo(config: Config, contracts: readonly WiredContract[], folder: string): Promise<FrontDoorDemo> {
  const credentials = readCredentials(folder);
  return {
    ...credentials,
    commands: await listDemoCommands(contracts, credentials, collectDemoFacts(config, folder)),
    signAssertion: (clientId, audience, now) => signDemoAssertion(folder, clientId, audience, now),
  };
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
