/** Reads from the specs which statuses each operation declares. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OperationName } from "./cause";

const folder = join(__dirname, "..", "..", "..", "generated");

export type DeclaredStatus = OperationName & { declared: string };

interface OperationsDocument {
  paths: Record<string, Record<string, { responses?: Record<string, unknown> }>>;
}

/** Every status that every operation of every spec declares: the contracts first, then the supporting APIs. */
export function readDeclaredStatuses(): DeclaredStatus[] {
  return [folder, join(folder, "services")].flatMap((each) =>
    readdirSync(each)
      .filter((file) => file.endsWith(".json"))
      .sort()
      .flatMap((file) =>
        readStatusesOf(file.slice(0, -".json".length), JSON.parse(readFileSync(join(each, file), "utf8")) as OperationsDocument),
      ),
  );
}

function readStatusesOf(contract: string, { paths }: OperationsDocument): DeclaredStatus[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses = {} }]) =>
      Object.keys(responses).map((declared): DeclaredStatus => ({ contract, method: method as DeclaredStatus["method"], path, declared })),
    ),
  );
}
