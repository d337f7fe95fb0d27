/** Code that must not compile, one case each. `tsc --noEmit` proves that it does not. This file is never run. */
import type { TestPolymint } from "../../src/testkit";

/** The baseline: without the one fault of each case, this code compiles. */
export async function sound(polymint: TestPolymint<"harbour">): Promise<void> {
  await polymint.next("harbour", { refusal: "throttled", delayMs: 5 });
  await polymint.always("oauth2", { status: 503 });
  await polymint.clearFaults("harbour");
  await polymint.requests({ contract: "discovery", limit: 1 });
}

export const nextAtNoContract = (polymint: TestPolymint) =>
  // @ts-expect-error there is no such contract
  polymint.next("abbeycros", { status: 503 });

export const alwaysAtNoContract = (polymint: TestPolymint) =>
  // @ts-expect-error there is no such contract
  polymint.always("abbeycros", { status: 503 });

export const clearOfNoContract = (polymint: TestPolymint) =>
  // @ts-expect-error there is no such contract
  polymint.clearFaults("abbeycros");

export const requestsOfNoContract = (polymint: TestPolymint) =>
  // @ts-expect-error there is no such contract
  polymint.requests({ contract: "abbeycros" });

export const noRefusal = (polymint: TestPolymint) =>
  // @ts-expect-error there is no such refusal
  polymint.next("abbeycross", { refusal: "throtled" });

export const noMember = (polymint: TestPolymint) =>
  // @ts-expect-error a fault has no such member
  polymint.always("abbeycross", { delay: 5 });
