import type { Element } from "./der";

/** Identifier octets of strings (X.690 §8.23). */
const encodings: Readonly<Record<number, (octets: Buffer) => string>> = {
  0x0c: (octets) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets),
  0x12: latin1, // NumericString
  0x13: latin1, // PrintableString
  0x14: latin1, // TeletexString, which in practice holds Latin-1
  0x16: latin1, // IA5String
  0x1a: latin1, // VisibleString
  0x1e: (octets) => new TextDecoder("utf-16be", { fatal: true, ignoreBOM: true }).decode(octets), // BMPString
};

/** @returns the characters of a string, or undefined for a value that is none. @throws Error for octets its encoding does not allow */
export function charactersOf({ tag, content }: Element): string | undefined {
  return encodings[tag]?.(content);
}

function latin1(octets: Buffer): string {
  return octets.toString("latin1");
}
