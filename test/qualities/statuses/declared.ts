import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OperationName } from "./cause";

const folder = join(__dirname, "..", "..", "..", "generated");

export type Pair = OperationName & { declared: string };

interface Document {
  paths: Record<string, Record<string, { responses?: Record<string, unknown> }>>;
}

/** Every status that every operation of every spec declares: the five contracts first, then the supporting APIs. */
export function declaredPairs(): Pair[] {
  return [folder, join(folder, "services")].flatMap((each) =>
    readdirSync(each)
      .filter((file) => file.endsWith(".json"))
      .sort()
      .flatMap((file) => pairsIn(file.slice(0, -".json".length), JSON.parse(readFileSync(join(each, file), "utf8")) as Document)),
  );
}

function pairsIn(contract: string, { paths }: Document): Pair[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses = {} }]) =>
      Object.keys(responses).map((declared): Pair => ({ contract, method: method as Pair["method"], path, declared })),
    ),
  );
}
