import { toObject, usesName } from "./code";
import type { ContractPlan } from "./plan";

/** Writes `grant.ts`. */
export function writeGrant({ name, operationId, success, vendorHeaders }: ContractPlan, kit: string): string {
  const own = vendorHeaders.get(success.status) ?? [];
  const headers =
    own.length === 0
      ? "uncached"
      : toObject(own.map((header) => ({ name: header.name, value: header.source }))).replace("{ ", "{ ...uncached, ");
  const exchange = usesName(`${success.source} ${headers}`, "exchange");
  const imports = [...(exchange ? ["type Exchange"] : []), "type Issued", "type ReplyOf", "uncached"];
  return `import type { operations } from "../../../generated/${name}";
import { ${imports.join(", ")} } from ${JSON.stringify(kit)};

export function grant(issued: Issued${exchange ? ", exchange: Exchange" : ""}): ReplyOf<operations["${operationId}"]> {
  return { status: ${success.status}, headers: ${headers}, body: ${success.source} };
}
`;
}
