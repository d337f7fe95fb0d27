/** What is wrong with a configuration. */
import { wiring } from "../../generated/wiring";
import { readConfig } from "../../src/config";
import { ConfigurationError, type Environment } from "../../src/config/reader";

const contracts = wiring.map(({ name }) => name);

/** @returns every fault; none if the configuration can be read */
export function faultsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment, contracts);
  } catch (thrown) {
    if (thrown instanceof ConfigurationError) return thrown.faults;
    throw thrown;
  }
  return [];
}
