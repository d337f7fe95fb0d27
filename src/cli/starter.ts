import { readFileSync } from "node:fs";
import { runChildSync } from "../embedded-postgres/child-process";

/**
 * Finds the program that started this one. `npx` and its shell stand between the two and outlive it, so they do not count.
 * @returns a function that tells whether that program still runs
 */
export function watchStarter(): () => boolean {
  const findStarter = makeFinder();
  const starter = findStarter();
  return () => {
    try {
      // A process whose parent has ended gets another one.
      return findStarter() === starter;
    } catch {
      // npx has ended too.
      return false;
    }
  };
}

/** @returns a function that finds the starter's id */
function makeFinder(): () => number {
  const findParent = () => process.ppid;
  if (process.env.npm_command !== "exec") return findParent;
  try {
    const { name, parent } = readProcess(process.ppid);
    const npx = /sh$/.test(name) ? parent : process.ppid;
    return () => readProcess(npx).parent;
  } catch {
    // There is no table of processes.
    return findParent;
  }
}

/** @throws Error if there is no such process, or no table of processes */
function readProcess(pid: number): { name: string; parent: number } {
  if (process.platform !== "linux") {
    const { stdout, status } = runChildSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)]);
    if (status !== 0) throw new Error(`there is no process ${pid}`);
    const [parent = "", ...name] = stdout.trim().split(" ");
    return { name: name.join(" "), parent: Number(parent) };
  }
  // proc(5): pid (name) state ppid …; the name may contain anything.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { name: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")), parent: Number(parent) };
}
