/** Scenarios: attacks with slow requests and slow readers. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readBannerCurls, freePort, type InstalledServer, until } from "../../../harness/installed-server";
import { startCallerLoad } from "./load";
import { type Effort, findCommonFaults, type ScenarioFigures, countTokens, fullEffort, waitUnderLoad } from "./stressed-server";

/** The attackers, and the file descriptors of the server. */
interface Attack {
  name: string;
  descriptors: number;
  attackers: number;
  /** What an attacker sends first. */
  openings: readonly string[];
  /** What it sends every second from then on. */
  then: string;
  /** Milliseconds until the attack has its effect. */
  settlesInMs: number;
}

const slowlorisAttack: Attack = {
  name: "slowloris",
  descriptors: 300,
  /** Three for each connection slot. */
  attackers: 900,
  openings: ["", "POST /v1/oauth/token HTTP/1.1\r\nX-", "POST /v1/oauth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1"],
  then: "",
  settlesInMs: 0,
};

const document = "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: a\r\n\r\n";
const slowReaderAttack: Attack = {
  name: "slow readers",
  /** These leave 16 for callers. */
  descriptors: 88,
  attackers: 48,
  /** More answers than the socket buffers of any system take. */
  openings: [document.repeat(5_000)],
  then: document,
  /** The system buffers 4 MB for each attacker first. */
  settlesInMs: 15_000,
};

/** The longest time in which no other client is served. */
const mostWaitMs = 6_000;

/** Attacks a server of 300 descriptors with 900 connections that never finish a request and reconnect when they are closed. */
export function attackWithSlowloris(installed: InstalledServer, effort: Effort = fullEffort): Promise<ScenarioFigures> {
  return attackServer(slowlorisAttack, installed, effort);
}

/** Attacks a server with clients that request more than they read, three for each connection slot. */
export function attackWithSlowReaders(installed: InstalledServer, effort: Effort = fullEffort): Promise<ScenarioFigures> {
  return attackServer(slowReaderAttack, installed, effort);
}

async function attackServer(attack: Attack, installed: InstalledServer, effort: Effort): Promise<ScenarioFigures> {
  const { name, attackers, descriptors } = attack;
  const data = join(installed.folder, name.replace(" ", "-"));
  const port = await freePort();
  const settings = { POLYMINT_DATA: data, PORT: String(port), WORKERS: "1", LOG_LEVEL: "error" };
  const { child, body } = await serve(installed, descriptors, settings);
  const stopAttack = startAttack(attack, port);
  await sleep(attack.settlesInMs);
  const at = performance.now();
  // Each request has a connection of its own, like that of a new client.
  const load = startCallerLoad({ urls: [`http://127.0.0.1:${port}`], body, callers: Math.min(effort.callers, 8), keepAlive: false });
  await waitUnderLoad(load, effort);
  await load.stop();
  stopAttack();
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
  const counted = await countTokens(
    `${name}, ${attackers} connections on ${descriptors} descriptors`,
    data,
    load,
    longestWaitOf(load.calls, at),
  );
  const { recoveredAfterMs } = counted;
  const late = recoveredAfterMs > mostWaitMs ? [`no client was served for ${recoveredAfterMs} ms`] : [];
  return { ...counted, faults: [...findCommonFaults(counted), ...late] };
}

/** The longest time without an answered request, in milliseconds. */
function longestWaitOf(calls: readonly { status: number; overAt: number }[], since: number): number {
  const served = [since, ...calls.filter(({ status }) => status === 200).map(({ overAt }) => overAt)].sort((one, other) => one - other);
  return Math.round(Math.max(0, ...served.slice(1).map((moment, index) => moment - (served[index] ?? moment))));
}

async function serve(
  installed: InstalledServer,
  descriptors: number,
  settings: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; body: string }> {
  const cli = join(installed.folder, "dist", "src", "cli", "polymint.js");
  const limited = `ulimit -n ${descriptors} && exec "$@"`;
  const child = spawn("bash", ["-c", limited, "polymint", process.execPath, cli, "serve", "--demo"], {
    cwd: installed.folder,
    env: { PATH: process.env.PATH ?? "", ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  await until("the server listens", () => said.includes("Ctrl-C stops"), 30_000);
  return { child, body: /-d '([^']+)'/.exec(readBannerCurls(said).abbeycross ?? "")?.[1] ?? "" };
}

/** @returns a function that stops it */
function startAttack({ attackers, openings, then }: Attack, port: number): () => void {
  const sockets = new Set<Socket>();
  let isOver = false;
  const hold = (opening: string): void => {
    if (isOver) return;
    const socket = connect(port, "127.0.0.1", () => socket.write(opening));
    sockets.add(socket);
    // A client that does not read learns of the end by writing.
    const more = setInterval(() => socket.write(then), 1_000);
    socket
      .pause()
      .on("error", () => undefined)
      .once("close", () => {
        clearInterval(more);
        sockets.delete(socket);
        setTimeout(hold, 100, opening).unref();
      });
    if (then === "") socket.resume();
  };
  for (let count = 0; count < attackers; count += 1) hold(openings[count % openings.length] ?? "");
  return () => {
    isOver = true;
    for (const socket of sockets) socket.destroy();
  };
}
