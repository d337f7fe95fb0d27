import type { LoginContext, Page } from "./page";

/** The page that a login leads on to. */
export interface Destination {
  /** Path and query, as in a `continue` parameter. */
  target: `/${string}`;
  loginContext: LoginContext;
}

/** Whether a text may stand in a target as it is: printable ASCII without `#`. */
export function isPlainText(text: string): boolean {
  return /^[\x21\x22\x24-\x7e]*$/.test(text);
}

/**
 * Resolves a `continue` parameter. Only the exact path of one of these pages with a plain query is accepted: no other site,
 * no `//host`, no backslash that a browser takes for a slash (RFC 9700 §4.11.2).
 * @returns undefined for any other parameter @throws Unavailable
 */
export async function resolveDestination(parameter: string | undefined, pages: readonly Page[]): Promise<Destination | undefined> {
  if (parameter === undefined || !isPlainText(parameter)) return undefined;
  const mark = parameter.indexOf("?");
  const path = mark < 0 ? parameter : parameter.slice(0, mark);
  const page = pages.find((each) => each.path === path && each.enabled);
  if (page === undefined) return undefined;
  const search = mark < 0 ? "" : parameter.slice(mark + 1);
  const target = `${page.path}${search === "" ? "" : `?${search}`}` as const;
  return { target, loginContext: (await page.describeLogin?.(search)) ?? {} };
}
