import { Refusal } from "../engine/refusal";
import { makeMalformedRefusal } from "./malformed";
import { checkNoNul } from "./nul";

/** A path with parameters, such as `/securities/{id}/token`: each of its segments is a fixed text or a parameter. */
export type PathTemplate = readonly ({ text: string } | { parameter: string })[];

/**
 * Parses a path of a spec.
 * @returns undefined for a path without parameters
 * @throws Error if a parameter is only a part of a segment
 */
export function parseTemplate(path: string): PathTemplate | undefined {
  if (!path.includes("{")) return undefined;
  return path.split("/").map((segment) => {
    if (!/[{}]/.test(segment)) return { text: segment };
    const [, parameter] = /^\{([^{}]+)\}$/.exec(segment) ?? [];
    if (parameter === undefined) throw new Error(`${path}: a parameter must be a whole segment, such as /{id}/`);
    return { parameter };
  });
}

/** Erases the names of the parameters: two paths that differ in nothing else match the same requests. */
export function eraseNames(path: string): string {
  return path.replaceAll(/\{[^{}]*\}/g, "{}");
}

/** Orders paths so that a fixed segment goes before a parameter, as OpenAPI 3.0.3 matches them (Paths Object). */
export function comparePaths(a: string, b: string): number {
  const [first, second] = [a, b].map((path) => eraseNames(path).replaceAll("{}", "\uffff")) as [string, string];
  return first < second ? -1 : Number(first > second);
}

/** Whether the segments of a request's path fit. A parameter takes exactly one segment, which must not be empty. */
export function fitsTemplate(template: PathTemplate, segments: readonly string[]): boolean {
  if (template.length !== segments.length) return false;
  return template.every((part, at) => ("text" in part ? part.text === segments[at] : segments[at] !== ""));
}

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
