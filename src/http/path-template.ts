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

/** Formats a path of a spec as Express reads it. Between quotation marks a name may have any characters (path-to-regexp 8). */
export function formatExpressPath(path: string): string {
  return path.replaceAll(/\{([^{}]+)\}/g, ':"$1"');
}
