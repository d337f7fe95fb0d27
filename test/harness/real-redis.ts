/** A real Redis server for one test. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort } from "./installed-server";
import type { TestRedis } from "./small-redis";

/** The path of the `redis-server` on the PATH. Undefined if there is none. */
export const redisServerPath = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "redis-server"))
  .find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts a real Redis server on this machine, with a password. It stores nothing on disk, so that it forgets everything when it is killed. */
export async function makeRealRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "polymint-redis-"));
  const password = randomBytes(12).toString("hex");
  const port = await freePort();
  const url = `redis://:${password}@127.0.0.1:${port}`;
  let running: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const options = { port, bind: "127.0.0.1", requirepass: password, dir: folder, save: "", appendonly: "no" };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const server = spawn(redisServerPath ?? "redis-server", words, { stdio: "ignore" });
    running = server;
    while (!(await isAnswering(url))) {
      if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
      await sleep(25);
    }
  };
  const kill = async (): Promise<void> => {
    const server = running;
    running = undefined;
    if (server === undefined) return;
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
  };
  await start();
  return {
    url,
    stop: kill,
    start,
    silence: () => void running?.kill("SIGSTOP"),
    resume: () => void running?.kill("SIGCONT"),
    keys: () => withClient(url, (redis) => redis.keys("*")),
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isAnswering(url: string): Promise<boolean> {
  return withClient(url, (redis) => redis.ping()).then(
    () => true,
    () => false,
  );
}

async function withClient<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
