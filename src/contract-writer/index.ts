export { addContract, type AddedContract, type AddOptions, ContractExistsError } from "./add";
export { ContractWriterError, type Decision } from "./decision";
export { listContracts, type ListedContract } from "./list";
export { NoContractError, planRemoval, type Removal, removeContract } from "./remove";
