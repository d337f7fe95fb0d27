/** CPU time of processes, from the operating system. */
import { execFile, execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { platform } from "node:os";
import { promisify } from "node:util";

interface ProcessTime {
  pid: number;
  parent: number;
  /** User and system time, with that of its children that have ended, where the system counts them. */
  micros: number;
}

/** @returns microseconds, user and system, that a process and all its descendants have used so far */
export async function readCpuMicros(root: number): Promise<number> {
  const all = await (platform() === "linux" ? readProc() : readPs());
  const sumFrom = (pid: number): number =>
    (all.find((one) => one.pid === pid)?.micros ?? 0) +
    all.filter(({ parent }) => parent === pid).reduce((sum, child) => sum + sumFrom(child.pid), 0);
  return sumFrom(root);
}

/** @returns microseconds of the thread that runs JavaScript; undefined where the system does not tell threads apart */
export async function readMainThreadMicros(pid: number): Promise<number | undefined> {
  if (platform() !== "linux") return undefined;
  const { utime, stime } = parseStat(await readFile(`/proc/${pid}/task/${pid}/stat`, "utf8"));
  return (utime + stime) * microsPerTick();
}

async function readProc(): Promise<ProcessTime[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined)));
  return texts.flatMap((text) => {
    if (text === undefined) return [];
    const { pid, parent, utime, stime, childrenTime } = parseStat(text);
    return [{ pid, parent, micros: (utime + stime + childrenTime) * microsPerTick() }];
  });
}

/** proc_pid_stat(5). The second field is a name in brackets, which may hold blanks and brackets. Times are in clock ticks. */
function parseStat(text: string): { pid: number; parent: number; utime: number; stime: number; childrenTime: number } {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return { pid: parseInt(text, 10), parent: field(4), utime: field(14), stime: field(15), childrenTime: field(16) + field(17) };
}

let ticksPerSecond: number | undefined;

function microsPerTick(): number {
  ticksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return 1_000_000 / ticksPerSecond;
}

async function readPs(): Promise<ProcessTime[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,time="]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, time = ""] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), micros: parsePsTime(time) };
    });
}

/** @param time `[[dd-]hh:]mm:ss[.cc]`, as POSIX's `ps` and that of macOS print it */
export function parsePsTime(time: string): number {
  const [clock = "", days = "0"] = time.split("-").reverse();
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1_000_000);
}
