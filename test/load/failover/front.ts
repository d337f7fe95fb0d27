/** HAProxy in front of the members. */
import { writeFileSync, mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort, until } from "../../harness/installed-server";
import { memberNames, type Network } from "./network";
import { startProgram } from "./programs";
import { haproxyRecipe } from "./recipes";
import type { Tools } from "./tools";

/** When which member was found to be the primary. */
const logging = ["global", "    log stdout format iso local0 notice"];

/** Starts HAProxy. @returns the host and port that always lead to the primary */
export async function startFront(folder: string, tools: Tools, network: Network): Promise<string> {
  const own = join(folder, "haproxy");
  mkdirSync(own);
  const port = await freePort();
  const settings = join(own, "haproxy.cfg");
  writeFileSync(settings, makeSettings(port, network));
  startProgram([tools.haproxy, "-f", settings, "-db"], own);
  await until("HAProxy listens", () => accepts(port));
  return `127.0.0.1:${port}`;
}

/** @returns the recipe for this port and these members */
function makeSettings(port: number, network: Network): string {
  const servers = memberNames.map((name) => `    server ${name} ${network.addressOf(name)}:5432 check port 8008`);
  const lines = haproxyRecipe.split("\n").filter((line) => !/^ +(bind|server) /.test(line));
  return [...logging, ...lines, "    log global", `    bind 127.0.0.1:${port}`, ...servers, ""].join("\n");
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
    socket.once("connect", () => socket.destroy());
  });
}
