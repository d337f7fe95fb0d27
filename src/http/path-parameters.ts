import { Refusal } from "../engine/refusal";
import { makeMalformedRefusal } from "./malformed";
import { checkNoNul } from "./nul";
import type { PathTemplate } from "./path-template";

/**
 * Reads the parameters of a path that fits.
 * @throws Refusal `malformed_request` for a broken percent-encoding, `invalid_request` for NUL, and for a slash in an escape: a
 *   proxy may read it as a separator, and so as another path
 */
export function readParameters(template: PathTemplate, path: string): Record<string, string> {
  const segments = path.split("/");
  const found = template.flatMap((part, at) =>
    "text" in part ? [] : [[part.parameter, decodeSegment(part.parameter, segments[at] ?? "")]],
  );
  return Object.fromEntries(found) as Record<string, string>;
}

function decodeSegment(name: string, segment: string): string {
  const value = decode(segment);
  checkNoNul(value, "path", [name]);
  if (!value.includes("/")) return value;
  const problem = { in: "path", path: [name], rule: "pattern", message: `${name} has a slash` } as const;
  throw new Refusal("invalid_request", "an encoded slash in the path", { problems: [problem] });
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw makeMalformedRefusal("the path has a broken percent-encoding", "The path is not valid percent-encoding in UTF-8", cause, "path");
  }
}
