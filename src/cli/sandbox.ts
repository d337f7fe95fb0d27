import type { Command } from "commander";
import { addExamples } from "./output";
import { addSandboxArm } from "./sandbox-arm";
import { addSandboxClear, addSandboxList } from "./sandbox-list";

/** `polymint sandbox …` */
export function addSandbox(program: Command): void {
  const sandbox = program
    .command("sandbox")
    .description("what goes wrong on purpose at servers on this database that were started with --sandbox or --demo");
  const adders = [addSandboxArm, addSandboxList, addSandboxClear];
  for (const add of adders) add(sandbox);
  addExamples(sandbox, "sandbox arm abbeycross --status 503 --times 2", "sandbox list", "sandbox clear");
}
