import type { Command } from "commander";
import { describeFault } from "../sandbox/describe-fault";
import type { Faults } from "../sandbox/fault";
import { toFaultJson } from "../sandbox/fault-json";
import { CommandError } from "./errors";
import { addExamples, type CommandOutput, formatTable, formatTime, makeAction } from "./output";

/** `polymint sandbox list` */
export function addSandboxList(sandbox: Command): void {
  const list = sandbox
    .command("list")
    .description("the faults that wait for requests, of each contract in the order in which they come")
    .action(makeAction(() => withFaults(listFaults)));
  addExamples(list, "sandbox list", "sandbox list --json");
}

/** `polymint sandbox clear` */
export function addSandboxClear(sandbox: Command): void {
  const clear = sandbox
    .command("clear")
    .description("remove the faults of a contract or service, or all; clearing twice is no error")
    .argument("[contract]", "the name of a contract or a service")
    .action(makeAction((contract: string | undefined) => withFaults((faults) => clearFaults(faults, contract))));
  addExamples(clear, "sandbox clear", "sandbox clear abbeycross --json");
}

async function withFaults(work: (faults: Faults) => Promise<CommandOutput>): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { openFaults } = await import("../process/faults.js");
  return withSession((session) => work(openFaults(session)));
}

async function listFaults(faults: Faults): Promise<CommandOutput> {
  const armed = await faults.list();
  const json = armed.map((fault) => ({ ...toFaultJson(fault), armed_at: formatTime(Math.floor(fault.armedAt)) }));
  const rows = armed.map((fault) => [
    ...[fault.contract, fault.clientId ?? null, fault.times ?? "until cleared"],
    ...[describeFault(fault), formatTime(Math.floor(fault.armedAt))],
  ]);
  const text = rows.length === 0 ? "No fault is armed." : formatTable(["CONTRACT", "CLIENT", "TIMES", "A REQUEST", "ARMED"], rows);
  return { json: { faults: json }, text };
}

async function clearFaults(faults: Faults, contract: string | undefined): Promise<CommandOutput> {
  const known = faults.listNames();
  if (contract !== undefined && !known.includes(contract))
    throw new CommandError("usage", `there is no contract or service ${contract}; there are ${known.join(", ")}`);
  const cleared = await faults.clear(contract);
  const text = cleared === 1 ? "1 fault is cleared." : `${cleared} faults are cleared.`;
  return { json: { cleared }, text };
}
