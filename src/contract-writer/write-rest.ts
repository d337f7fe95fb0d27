import type { ContractPlan } from "./plan";
import type { WriterProject } from "./project";

/** Writes `index.ts`. */
export function writeIndex({ name, operationId, correlationHeader }: ContractPlan, kit: string): string {
  const isId =
    correlationHeader === undefined ? "noCorrelation" : `{ requestHeader: ${JSON.stringify(correlationHeader)}, accepts: ${accepted} }`;
  const imports = ["type Contract", ...(correlationHeader === undefined ? ["noCorrelation"] : [])];
  return `import type { operations } from "../../../generated/${name}";
import { ${imports.join(", ")} } from ${JSON.stringify(kit)};
import { demo } from "./demo";
import { grant } from "./grant";
import { policy } from "./policy";
import { read } from "./read";
import { refuse } from "./refuse";

export default {
  policy,
  correlation: ${isId},
  operations: { ${operationId}: { read, grant, refuse } },
  demo,
} satisfies Contract<operations>;
`.replace("import { type Contract }", "import type { Contract }");
}

/** A UUID: an answer may have a member of that form for it. */
const accepted = "/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i";

/** Writes the test of the contract. */
export function writeTest({ name }: ContractPlan, { suite, isCheckout }: WriterProject): string {
  // A checkout's contracts are built in.
  if (isCheckout) return `import { everyContract } from ${JSON.stringify(suite)};\n\neveryContract({ name: ${JSON.stringify(name)} });\n`;
  return `import { everyContract } from ${JSON.stringify(suite)};
import { wiring } from "../../generated/wiring";

everyContract({ name: ${JSON.stringify(name)}, wiring });
`;
}
