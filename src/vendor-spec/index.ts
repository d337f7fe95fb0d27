import type { LocatedDecision } from "./decision";
import type { HttpMethod, OpenApiDocument } from "./document";
import { VendorSpecError } from "./errors";

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
export async function readVendorContract(source: string, _options: VendorOptions): Promise<VendorContract> {
  throw new VendorSpecError(`${source}: cannot be read yet`);
}
