import type { PolymintApp } from "../app";
import type { ServiceApiName } from "../app/services";
import type { Fault } from "../sandbox/fault";
import type { RecordedExchange } from "../sandbox/recorder/exchange";
import { type ExchangeFilter, keptExchanges } from "../store/sandbox/exchanges";

/** A fault, without what the method that arms it says. */
export type TestFault = Omit<Fault, "contract" | "times">;

/**
 * What a test can do with the sandbox, at contracts and services. Every method throws an Error unless the server was started with `sandbox: true`,
 * and UnfitFaultError for a name of neither.
 */
export interface SandboxKit<Name extends string> {
  /** Arms a fault for the next request for a contract. Faults that are armed one after the other meet one request each. @throws UnfitFaultError */
  next(contract: Name | ServiceApiName, fault: TestFault): Promise<void>;
  /** Arms a fault for every request for a contract, until `clearFaults`. @throws UnfitFaultError */
  always(contract: Name | ServiceApiName, fault: TestFault): Promise<void>;
  /** Removes the faults of a contract, or all. @returns how many there were */
  clearFaults(contract?: Name | ServiceApiName): Promise<number>;
  /** The newest requests so far and their answers, oldest first and without secrets; by default at most 1000. */
  requests(filter?: Omit<Partial<ExchangeFilter>, "contract"> & { contract?: Name | ServiceApiName }): Promise<RecordedExchange[]>;
}

export function makeSandboxKit<Name extends string>({ faults, recorder }: Pick<PolymintApp, "faults" | "recorder">): SandboxKit<Name> {
  return {
    next: async (contract, fault) => mustHaveSandbox(faults).arm({ ...fault, contract, times: 1 }),
    always: async (contract, fault) => mustHaveSandbox(faults).arm({ ...fault, contract }),
    clearFaults: async (contract) => {
      const armed = mustHaveSandbox(faults);
      if (contract !== undefined) armed.mustKnow(contract);
      return armed.clear(contract);
    },
    requests: async (filter = {}) => {
      if (filter.contract !== undefined) mustHaveSandbox(faults).mustKnow(filter.contract);
      return mustHaveSandbox(recorder).list({ limit: keptExchanges, ...filter });
    },
  };
}

function mustHaveSandbox<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error("the server has no sandbox; start it with startPolymint({ sandbox: true })");
  return part;
}
