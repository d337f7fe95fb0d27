import { Source, createConfig, lintDocument, BaseResolver } from "@redocly/openapi-core";
import { dropReferencesInData, readPointer } from "./references";
import type { SpecFile } from "./spec-files";

/** Finds what OpenAPI 3.0 does not allow, such as members that it does not know. @returns a sentence per fault, with its place */
export async function findStructureFaults({ name, document, describePlace }: SpecFile): Promise<string[]> {
  const config = await createConfig({ rules: { struct: "error", "no-unresolved-refs": "error" } });
  const parsed = dropReferencesInData(document);
  const source = new Source(`openapi/${name}.yaml`, JSON.stringify(parsed), "application/json");
  const externalRefResolver = new BaseResolver(config.resolve);
  const problems = await lintDocument({ document: { source, parsed }, config: config.styleguide, externalRefResolver });
  return problems
    .filter(({ severity }) => severity === "error")
    .map(({ message, location: [first] }) => `${describePlace(readPointer(first?.pointer ?? ""))}: ${message}`);
}
