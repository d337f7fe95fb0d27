import type { Continuation, Page } from "./page";

/** A page of ours that somebody is on the way to. */
export interface Destination {
  /** Path and query, as a `continue` parameter has them. */
  target: `/${string}`;
  continuation: Continuation;
}

/**
 * Reads a `continue` parameter. Only the exact path of one of these pages will do, with a plain query: no other site, no
 * `//host`, no backslash that a browser takes for a slash (RFC 9700 §4.11.2).
 * @returns undefined for anything else @throws Unavailable
 */
export async function destinationOf(parameter: string | undefined, pages: readonly Page[]): Promise<Destination | undefined> {
  if (parameter === undefined || !/^[\x21\x22\x24-\x7e]*$/.test(parameter)) return undefined;
  const mark = parameter.indexOf("?");
  const path = mark < 0 ? parameter : parameter.slice(0, mark);
  const page = pages.find((each) => each.path === path && each.enabled);
  if (page === undefined) return undefined;
  const search = mark < 0 ? "" : parameter.slice(mark + 1);
  const target = `${page.path}${search === "" ? "" : `?${search}`}` as const;
  return { target, continuation: (await page.continuation?.(search)) ?? {} };
}
