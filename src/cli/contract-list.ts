import { join, resolve } from "node:path";
import type { Command } from "commander";
import { readAddresses, readContractsFolder } from "../config";
import { runDevelopment } from "./development";
import { addExamples, type CommandOutput, formatTable, joinItems, makeAction } from "./output";
import { rootOption } from "./project-option";

/** Adds `polymint contract list`. */
export function addContractList(contract: Command): void {
  const list = contract
    .command("list")
    .description("the contracts of the project and of CONTRACTS_FOLDER: operations at their addresses, grants, client authentication")
    .option(...rootOption)
    .action(makeAction((options: { root: string }) => runDevelopment(() => listAll(options))));
  addExamples(list, "contract list", "contract list --json");
}

async function listAll({ root }: { root: string }): Promise<CommandOutput> {
  const { listContracts } = await import("../contract-writer/index.js");
  const other = readContractsFolder(process.env);
  const folders = [...new Set([resolve(root), ...(other === undefined ? [] : [other])])];
  const contracts = folders.flatMap((folder) => {
    const addresses = readAddresses(
      process.env,
      listContracts(folder).map(({ name }) => name),
    );
    return listContracts(folder, addresses).map((each) => ({
      ...each,
      file: folder === resolve(root) ? each.file : join(folder, each.file),
    }));
  });
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
