import { Refusal } from "../engine/refusal";
import type { DeclaredMembers } from "./operations";

/**
 * Refuses NUL in the members that an operation declares. It reads no others, so those may have any name and any value, as the
 * spec says.
 */
export function checkMembers(value: unknown, declared: DeclaredMembers, path: readonly string[] = []): void {
  if (typeof value === "string") return checkNoNul(value, "body", path);
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const below = Array.isArray(value) ? declared : declared.get(name);
    if (below !== undefined) checkMembers(member, below, [...path, name]);
  }
}

/** NUL is valid in JSON and in UTF-8, but PostgreSQL cannot store it in a text. */
export function checkNoNul(value: string, place: "body" | "query" | "path", path: readonly string[]): void {
  if (!value.includes("\0")) return;
  throw new Refusal("invalid_request", "a value has a NUL character", {
    problems: [{ in: place, path, rule: "pattern", message: `${path.map(toPrintable).join(".")} has a NUL character` }],
  });
}

/** Makes a name that a caller chose printable, for use in a message. */
export function toPrintable(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 64);
}
