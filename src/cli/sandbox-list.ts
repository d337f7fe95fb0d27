import type { Command } from "commander";
import { describeFault } from "../sandbox/describe-fault";
import type { Faults } from "../sandbox/fault";
import { toFaultJson } from "../sandbox/fault-json";
import { addExamples, type CommandOutput, formatTable, formatTime, makeAction } from "./output";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";

/** `polymint sandbox list` */
export function addSandboxList(sandbox: Command): void {
  const list = sandbox.command("list").description("the faults that wait for requests, of each contract in the order in which they come");
  addPageOptions(list, faultCursor).action(makeAction((options: PageOptions) => withFaults((faults) => listFaults(faults, options))));
  addExamples(list, "sandbox list", "sandbox list --limit 1000 --json");
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

/** A contract or service, whether the fault stays until it is cleared, and its rank. */
const faultCursor = /^[\w-]+,[tf],-?\d{1,18}$/;

async function listFaults(faults: Faults, options: PageOptions): Promise<CommandOutput> {
  const { rows: armed, next } = await readPage(
    options,
    (request) => faults.list(request),
    ({ cursor }) => cursor,
  );
  const json = armed.map((fault) => ({ ...toFaultJson(fault), armed_at: formatTime(Math.floor(fault.armedAt)) }));
  const rows = armed.map((fault) => [
    ...[fault.contract, fault.clientId ?? null, fault.times ?? "until cleared"],
    ...[describeFault(fault), formatTime(Math.floor(fault.armedAt))],
  ]);
  const text = rows.length === 0 ? "No fault is armed." : formatTable(["CONTRACT", "CLIENT", "TIMES", "A REQUEST", "ARMED"], rows);
  return formatPage({ json: { faults: json }, text }, next);
}

async function clearFaults(faults: Faults, contract: string | undefined): Promise<CommandOutput> {
  if (contract !== undefined) faults.mustKnow(contract);
  const cleared = await faults.clear(contract);
  const text = cleared === 1 ? "1 fault is cleared." : `${cleared} faults are cleared.`;
  return { json: { cleared }, text };
}
