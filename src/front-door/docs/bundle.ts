import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The files that a build puts into this folder. No module here may have such a name: its compiled file would be replaced. */
export const bundleFiles = { script: "scalar.js", licence: "scalar.LICENSE" };

const viewerPackage = "@scalar/fastify-api-reference";
const assignment = "var standalone_default = ";

/**
 * Takes the viewer out of its package, where it is a text in a module. The package with the viewer alone has 189 dependencies; this
 * one has 15, and no code of it runs.
 * @throws Error if the package is not there, or another release keeps the viewer elsewhere
 */
export function extractBundle(): { script: string; licence: string } {
  const module = createRequire(__filename).resolve(viewerPackage);
  const line = readFileSync(module, "utf8")
    .split("\n")
    .find((each) => each.startsWith(assignment));
  if (line === undefined) throw new Error(`${module} has no line that starts with "${assignment}"`);
  // A literal of JavaScript may have characters that JSON wants escaped.
  const literal = line.slice(assignment.length, line.lastIndexOf(";")).replaceAll(/\p{Cc}/gu, escapeControl);
  const script = (JSON.parse(literal) as string).replace(/\n\/\/# sourceMappingURL=.*/, "");
  return { script, licence: readFileSync(join(dirname(module), "..", "LICENSE"), "utf8") };
}

function escapeControl(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
