import { isDeepStrictEqual } from "node:util";
import { findPathClashes } from "./path-clashes";
import { isNode } from "./references";
import { isService, type SpecFile } from "./spec-files";
import { listOperations } from "./spec-rules";

/**
 * Finds what several specs cannot have in common: an `operationId`, schemas of one name that are not the same (a client generated
 * from all specs would mix them up), and a method with a path, unless the contracts' policies give them different addresses.
 * @param files the project's
 * @param others whose paths are served too, but who are not in the project
 * @returns a sentence per fault, with the places of both
 */
export async function findClashes(root: string, files: readonly SpecFile[], others: readonly SpecFile[]): Promise<string[]> {
  // The services first: of a service and a contract, the contract is the one to change.
  const ordered = [...files.filter(isService), ...files.filter((file) => !isService(file))];
  return [...findIdClashes(ordered), ...findSchemaClashes(ordered), ...(await findPathClashes(root, [...others, ...ordered]))];
}

interface Place {
  file: SpecFile;
  place: string;
}

function findIdClashes(files: readonly SpecFile[]): string[] {
  const known = new Map<string, Place>();
  const clashes: string[] = [];
  for (const file of files) {
    for (const { operation, pointer } of listOperations(file.document)) {
      const id = String(operation.operationId);
      const place = file.describePlace([...pointer, "operationId"]);
      const first = known.get(id);
      if (first === undefined) known.set(id, { file, place });
      else clashes.push(`${place}: operationId ${id} is used in ${first.place} too; give one of them another one`);
    }
  }
  return clashes;
}

function findSchemaClashes(files: readonly SpecFile[]): string[] {
  const known = new Map<string, Place & { schema: unknown }>();
  const clashes: string[] = [];
  for (const file of files) {
    const { components } = file.document;
    const schemas = isNode(components) && isNode(components.schemas) ? components.schemas : {};
    for (const [name, schema] of Object.entries(schemas)) {
      const place = file.describePlace(["components", "schemas", name]);
      const first = known.get(name);
      if (first === undefined) known.set(name, { file, place, schema });
      else if (!isDeepStrictEqual(first.schema, schema))
        clashes.push(`${place}: schema ${name} is not the same in ${first.place}; give one of them another name`);
    }
  }
  return clashes;
}
