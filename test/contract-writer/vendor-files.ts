/** The OpenAPI files with which `polymint contract add` is tried as a whole. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export const root = join(__dirname, "..", "..");
const own = join(root, "test", "fixtures", "vendors");
/** Public files, where a developer keeps some beside the checkout. They are no part of it. */
const beside = join(root, "..", "shared", "vendor-specs");

/** The fixtures, and the files beside the checkout if there are any. */
export function listVendorFiles(): string[] {
  return [own, beside].flatMap((folder) => (existsSync(folder) ? listSpecs(folder) : []));
}

function listSpecs(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => /\.(?:ya?ml|json)$/.test(name));
  return names.sort().map((name) => join(folder, name));
}
