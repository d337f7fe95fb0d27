import type { Command } from "commander";
import { runDevelopment } from "./development";
import { addExamples, type CommandOutput, formatTable, joinItems, makeAction } from "./output";
import { rootOption } from "./project-option";

/** Adds `polymint contract list`. */
export function addContractList(contract: Command): void {
  const list = contract
    .command("list")
    .description("every contract, with its operations, grants and methods of client authentication")
    .option(...rootOption)
    .action(makeAction((options: { root: string }) => runDevelopment(() => listAll(options))));
  addExamples(list, "contract list", "contract list --json");
}

async function listAll({ root }: { root: string }): Promise<CommandOutput> {
  const { listContracts } = await import("../contract-writer/index.js");
  const contracts = listContracts(root);
  const rows = contracts.map(({ name, operations, host, grants, methods, file }) => [
    name,
    joinItems(operations.map((operation) => (host === undefined ? operation : `${operation} (${host})`))),
    joinItems(grants),
    joinItems(methods),
    file,
  ]);
  return {
    json: { contracts: contracts.map(({ host, ...facts }) => ({ ...facts, host: host ?? null })) },
    text: rows.length === 0 ? "There are no contracts here yet." : formatTable(["NAME", "OPERATION", "GRANTS", "METHODS", "FILE"], rows),
  };
}
