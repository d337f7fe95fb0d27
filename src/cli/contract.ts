import type { Command } from "commander";
import { addContractAdd } from "./contract-add";
import { addContractList } from "./contract-list";
import { addContractRemove } from "./contract-remove";
import { addExamples } from "./output";

/** `polymint contract …`. These commands need no database. */
export function addContract(program: Command): void {
  const contract = program.command("contract").description("the contracts of a project: a folder with openapi/ and src/contracts/");
  addContractAdd(contract);
  addContractList(contract);
  addContractRemove(contract);
  addExamples(contract, "contract add vendor.yaml", "contract list", "contract remove vendor");
}
