import { randomInt } from "node:crypto";

/** Consonants only: easy to tell apart and to type, and no code spells a word (RFC 8628 §6.1). */
const letters = "BCDFGHJKLMNPQRSTVWXZ";
const length = 8;

/** Makes eight random letters in upper case: one of 2.6 · 10^10 codes, of which few are valid at a time. */
export function makeUserCode(): string {
  return Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join("");
}

/** Formats a user code for people: `BCDF-GHJK`. */
export function formatUserCode(userCode: string): string {
  return `${userCode.slice(0, 4)}-${userCode.slice(4)}`;
}

/**
 * Reads a user code as a person typed it. Case, dashes and spaces do not matter (RFC 8628 §6.1).
 * @returns the code as it is stored, or undefined if the text cannot be a code
 */
export function readUserCode(typed: string): string | undefined {
  const code = typed.replaceAll(/[\s\p{Dash}]/gu, "").toUpperCase();
  return code.length === length && Array.from(code).every((letter) => letters.includes(letter)) ? code : undefined;
}
