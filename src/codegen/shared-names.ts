import { isDeepStrictEqual } from "node:util";
import { findRepeated, listOperations } from "./spec-rules";

interface SpecWithSchemas {
  components?: { schemas?: Record<string, unknown> };
}

/**
 * Finds names that would clash in a client generated from several specs: an `operationId` is used once among all specs, and
 * schemas of the same name are the same schema.
 * @param documents specs that have no faults of their own, by their name
 * @returns a sentence per fault
 */
export function findClashes(documents: ReadonlyMap<string, unknown>): string[] {
  const ids = [...documents.values()].flatMap((document) => listOperations(document)).map(({ operation }) => String(operation.operationId));
  return [...findRepeated(ids).map((id) => `operationId ${id} is used in two specs`), ...findSchemaClashes(documents)];
}

function findSchemaClashes(documents: ReadonlyMap<string, unknown>): string[] {
  const known = new Map<string, { spec: string; schema: unknown }>();
  const clashes: string[] = [];
  for (const [spec, document] of documents) {
    for (const [name, schema] of Object.entries((document as SpecWithSchemas).components?.schemas ?? {})) {
      const first = known.get(name);
      if (first === undefined) known.set(name, { spec, schema });
      else if (!isDeepStrictEqual(first.schema, schema)) clashes.push(`schema ${name} is not the same in ${first.spec} and ${spec}`);
    }
  }
  return clashes;
}
