/**
 * Tests that a contract must pass, whatever it is. They run in Jest, over HTTP and on a real Postgres. In another checkout this is
 * `polymint/contract-suite`.
 */
import { testBodies } from "./bodies";
import { testCredentials } from "./credentials";
import { testFailures } from "./failures";
import { testGranted } from "./granted";
import { testOtherServers, testRefusals } from "./other-servers";
import { type Running, startRunning } from "./running";
import type { ContractUnderTest } from "./subject";
import { testTargets } from "./targets";

export type { ContractStatuses, ContractUnderTest } from "./subject";

/**
 * Tests what every contract must do. Requests come from the contract's demo, statuses and shapes from its spec and its `refuse`.
 * @example
 * everyContract({ name: "my-contract" });
 * everyContract({ name: "my-contract", wiring }); // of your own `generated/wiring`
 */
export function everyContract(contract: ContractUnderTest): void {
  describe(`${contract.name}, as every contract`, () => {
    let running: Running;
    const at = (): Running => running;
    beforeAll(async () => {
      running = await startRunning(contract);
    });
    // Without a server the cause is already reported.
    afterAll(() => (running as Running | undefined)?.stop());

    testGranted(at);
    testCredentials(at);
    testTargets(at);
    testBodies(at);
    testRefusals(at);
    testOtherServers(at);
    testFailures(at);
  });
}
