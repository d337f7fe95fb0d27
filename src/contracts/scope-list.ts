/**
 * Splits a scope parameter (RFC 6749 §3.3). Order and repetitions are left as sent.
 * @returns undefined if there was no parameter; an empty list if it held only spaces
 */
export function scopeList(parameter: string | undefined): string[] | undefined {
  return parameter?.split(" ").filter((scope) => scope !== "");
}
