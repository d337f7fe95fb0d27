import { isNode as isObject, type SpecNode as JsonObject } from "../codegen/references";

/** Vendor files are data of unknown shape. These functions look into it without trusting it. */

export { isObject, type JsonObject };

/** @returns the object, or an empty one in place of anything else */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** @returns the array, or an empty one in place of anything else */
export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** @returns a text without the spaces around it; undefined for an empty one and for anything else */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** @returns the texts of an array */
export function asStrings(value: unknown): string[] {
  return asArray(value).filter((entry) => typeof entry === "string");
}

/** Reads a member under a name that a vendor chose, which may be `constructor`. */
export function getOwn<T>(members: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** Whether HTTP can carry a header of this name (RFC 9110 §5.6.2). */
export function isHeaderName(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

/** Copies an object without some of its members. */
export function omit<T extends object, K extends keyof T & string>(value: T, ...keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !(keys as readonly string[]).includes(key))) as Omit<T, K>;
}

/** Cuts the query and the fragment off a URL or a path. */
export function cutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

/** Writes a key as a part of a JSON pointer in the fragment of a URI (RFC 6901 §3, §6). */
export function escapeKey(key: string): string {
  return encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
}
