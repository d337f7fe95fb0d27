import { randomInt } from "node:crypto";

/** Consonants alone: easy to tell apart and to type, and no code spells a word (RFC 8628 §6.1). */
const letters = "BCDFGHJKLMNPQRSTVWXZ";
const length = 8;

/** Eight letters in upper case, each as likely as any other: 2.6 · 10^10 codes, of which few live at a time. */
export function makeUserCode(): string {
  return Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join("");
}

/** As people read it: `BCDF-GHJK`. */
export function formatUserCode(userCode: string): string {
  return `${userCode.slice(0, 4)}-${userCode.slice(4)}`;
}

/**
 * What somebody typed, as it is stored: case, dashes and spaces do not matter (RFC 8628 §6.1).
 * @returns undefined for what can be no code
 */
export function readUserCode(typed: string): string | undefined {
  const code = typed.replaceAll(/[\s\p{Dash}]/gu, "").toUpperCase();
  return new RegExp(`^[${letters}]{${length}}$`).test(code) ? code : undefined;
}
