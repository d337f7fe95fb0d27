import type { Command } from "commander";
import { addExamples } from "./output";
import { addSandboxArm } from "./sandbox-arm";
import { addSandboxClear, addSandboxList } from "./sandbox-list";
import { addSandboxRequests } from "./sandbox-requests";
import { addSandboxStart } from "./sandbox-start";

/** `polymint sandbox …` */
export function addSandbox(program: Command): void {
  const sandbox = program
    .command("sandbox")
    .description("faults on purpose, and what clients sent, at servers with the sandbox: `serve --sandbox` or `serve --demo`");
  const adders = [addSandboxStart, addSandboxArm, addSandboxList, addSandboxClear, addSandboxRequests];
  for (const add of adders) add(sandbox);
  addExamples(
    sandbox,
    "sandbox arm abbeycross --status 503 --times 2",
    "sandbox list",
    "sandbox clear",
    "sandbox requests --follow",
    "sandbox --port 0 --json",
  );
}
