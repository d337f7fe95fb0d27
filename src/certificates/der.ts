/** One value in DER (X.690): its identifier octet, what it holds, and all its octets. */
export interface Element {
  tag: number;
  content: Buffer;
  whole: Buffer;
}

/** Identifier octets of what certificates are made of (X.690 §8). */
export const tag = {
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  boolean: 0x01,
  sequence: 0x30,
  set: 0x31,
} as const;

/**
 * The values that stand one after another in these octets.
 * @throws Error if they are not DER: cut short, of indefinite length, or with a length spelled longer than need be
 */
export function elements(octets: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < octets.length;) {
    const one = elementAt(octets, at);
    found.push(one);
    at += one.whole.length;
  }
  return found;
}

/** The one value that these octets are. @throws Error as `elements`, or if there are none or several */
export function soleElement(octets: Buffer, expected: number): Element {
  const [first, ...others] = elements(octets);
  if (first === undefined || others.length > 0 || first.tag !== expected) throw new Error("not the one value that must stand here");
  return first;
}

/** An object identifier with its numbers separated by dots. */
export function dotted(content: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...rest].join(".");
}

function elementAt(octets: Buffer, at: number): Element {
  const identifier = octets[at] ?? 0;
  if ((identifier & 0x1f) === 0x1f) throw new Error("tags of several octets do not occur in certificates");
  const { length, octets: lengthOctets } = lengthAt(octets, at + 1);
  const start = at + 1 + lengthOctets;
  const end = start + length;
  if (end > octets.length) throw new Error("a value is cut short");
  return { tag: identifier, content: octets.subarray(start, end), whole: octets.subarray(at, end) };
}

function lengthAt(octets: Buffer, at: number): { length: number; octets: number } {
  const first = octets[at];
  if (first === undefined) throw new Error("a length is missing");
  if (first < 0x80) return { length: first, octets: 1 };
  const count = first & 0x7f;
  if (count < 1 || count > 4 || at + 1 + count > octets.length) throw new Error("a length is not one of DER");
  const length = octets.readUIntBE(at + 1, count);
  if (length < 0x80 || length < 256 ** (count - 1)) throw new Error("a length is spelled longer than need be");
  return { length, octets: 1 + count };
}
