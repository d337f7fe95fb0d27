/** Runs the server and the command line of a checkout from its sources, and asks the fixture's contract for tickets. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestDatabase } from "../../src/testkit/test-database";
import { databaseUrlOf, freePort, until } from "../harness/installed-server";

/** Starts the processes of a checkout. All of them use one database, one data folder and the same secrets. */
export interface CheckoutProcesses {
  /** Starts the server and waits until it listens. @throws Error with its messages if it ends before that */
  serve(settings: Readonly<Record<string, string>>, ...flags: string[]): Promise<CheckoutServer>;
  /** Runs a command with `--json`. @param input for its standard input @returns what it prints @throws Error with its messages */
  run(args: readonly string[], input?: string): Promise<Record<string, string>>;
  /** Kills every process that still runs. */
  killAll(): Promise<void>;
}

export interface CheckoutServer {
  /** Its issuer, and where it listens. */
  url: string;
  /** What it printed before it listened. */
  banner: string;
  /** Asks for a ticket of the fixture's contract. */
  postTicket(wish: Readonly<Record<string, unknown>>): Promise<TicketResponse>;
  /** Stops it as an operator does. @returns its exit code */
  stop(): Promise<number | null>;
}

export interface TicketResponse {
  status: number;
  headers: Headers;
  /** `ticket`, `rights` and so on, or `reason`. */
  body: { ticket?: string; validUntil?: string; rights?: string[]; stub?: string; portrait?: string; reason?: string; reference?: string };
}

export function makeCheckoutProcesses(checkout: string, database: TestDatabase): CheckoutProcesses {
  const running = new Set<ChildProcess>();
  const { PATH = "" } = process.env;
  const environment = {
    PATH,
    WORKERS: "1",
    DATABASE_URL: databaseUrlOf(database),
    POLYMINT_DATA: join(checkout, "data"),
    POLYMINT_PEPPER: randomBytes(32).toString("base64"),
    POLYMINT_MASTER_KEY: randomBytes(32).toString("base64"),
    DRAIN_ACCEPT_MS: "100",
  };
  const start = (args: readonly string[], settings: Readonly<Record<string, string>>) => {
    const command = ["--import", "tsx", "src/cli/polymint.ts", ...args];
    const child = spawn(process.execPath, command, { cwd: checkout, env: { ...environment, ...settings } });
    running.add(child);
    const ended = once(child, "close").then(([code]) => {
      running.delete(child);
      return code as number | null;
    });
    return { child, ended, messages: text(child.stderr) };
  };
  return {
    async serve(settings, ...flags) {
      const port = await freePort();
      const { child, ended, messages } = start(["serve", ...flags], { PORT: String(port), ...settings });
      let banner = "";
      child.stdout.on("data", (chunk: Buffer) => (banner += chunk.toString()));
      await until("the server listens", () => /^(Ctrl-C stops|Polymint listens)/m.test(banner) || child.exitCode !== null, 20_000);
      if (child.exitCode !== null) throw new Error(await messages);
      const url = `http://localhost:${port}`;
      const stop = async () => {
        child.kill("SIGTERM");
        return ended;
      };
      return { url, banner, postTicket: (wish) => postTicket(url, wish), stop };
    },
    async run(args, input = "") {
      const { child, ended, messages } = start([...args, "--json"], {});
      child.stdin.end(input);
      const [output, code, complaints] = await Promise.all([text(child.stdout), ended, messages]);
      if (code !== 0) throw new Error(complaints);
      return JSON.parse(output) as Record<string, string>;
    },
    async killAll() {
      await Promise.all(
        [...running].map(async (child) => {
          child.kill("SIGKILL");
          await once(child, "close");
        }),
      );
    },
  };
}

async function postTicket(url: string, wish: Readonly<Record<string, unknown>>): Promise<TicketResponse> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${url}/meridian/tickets`, { method: "POST", headers, body: JSON.stringify(wish) });
  return { status: response.status, headers: response.headers, body: (await response.json()) as TicketResponse["body"] };
}
