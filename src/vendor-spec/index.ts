import { buildDocument } from "./build";
import { bundleOperations } from "./bundle";
import { DecisionLog, type LocatedDecision } from "./decision";
import type { HttpMethod, OpenApiDocument } from "./document";
import { dropWrongExamples } from "./examples";
import { findOperation } from "./find-operation";
import { loadSpec } from "./load";
import { chooseName } from "./names";
import { listFlows } from "./security";
import { cleanTexts } from "./texts";
import { tidySchemas } from "./tidy";

export type { DecisionPlace, LocatedDecision } from "./decision";
export type * from "./document";
export { AmbiguousOperation, VendorSpecError } from "./errors";

/** One token operation of a vendor's file, as the pipeline reads it. */
export interface VendorContract {
  /** In kebab-case; the name of the contract. */
  name: string;
  /** One path and one operation; every `$ref` is local and leads to a schema. */
  document: OpenApiDocument;
  method: HttpMethod;
  path: string;
  decisions: LocatedDecision[];
  /** What the vendor's security schemes offer at this path as their `tokenUrl`: grants, and the scopes of each. */
  flows: { grant: string; scopes: string[] }[];
}

export interface VendorOptions {
  /** Such as `POST /oauth/token`, or an operationId; found by its looks if missing. */
  operation?: string;
  /** Name of the contract; made from the file's name if missing. */
  name?: string;
  readStdin(): Promise<string>;
  /** Names that other contracts have. */
  takenNames: readonly string[];
}

/**
 * Reads a vendor's OpenAPI file and cuts out its token operation.
 * @param source a file, an http(s) URL, or `-` for the standard input
 * @throws VendorSpecError for what cannot be read or served; AmbiguousOperation if several operations look like a token endpoint
 */
export async function readVendorContract(source: string, options: VendorOptions): Promise<VendorContract> {
  const spec = await loadSpec(source, () => options.readStdin());
  const name = chooseName(source, spec.root, options.name, options.takenNames);
  const found = await findOperation(spec, options.operation);
  const bundled = await bundleOperations(spec, found.places);
  const log = new DecisionLog();
  const { document, path } = buildDocument({ spec, found, bundled, name, log });
  tidySchemas(document, log);
  dropWrongExamples(document);
  cleanTexts(document);
  return {
    name,
    document,
    method: found.method,
    path,
    decisions: log.locateIn(document, ["paths", path, found.method]),
    flows: listFlows(spec.root, found.path),
  };
}
