import type { AttributeValue, Name } from "@peculiar/asn1-x509";
import { loadAsn1, encodeDer, decodeDer } from "./asn1";
import { findAttributeType } from "./attribute-types";
import { readCharacters } from "./attribute-value";

/**
 * A name, ready to be compared: its relative names from the least to the most specific, as a certificate has them, each
 * the set of its attributes, sorted. An attribute is its type and its value, prepared for comparison.
 */
export type DistinguishedName = readonly (readonly string[])[];

/** What a text is that should have been a name, in a sentence that does not repeat it. */
export class NameSyntaxError extends Error {}

/**
 * Whether two names are the same: relative name by relative name, in order, whole values only (RFC 5280 §7.1). A name
 * that another one begins or ends with is a different name.
 */
export function isSameName(one: DistinguishedName, other: DistinguishedName): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Prepares the subject of a certificate. */
export function readName(subject: Name): DistinguishedName {
  return Array.from(subject, (relative) => sortAttributes(Array.from(relative, ({ type, value }) => formatAttribute(type, value))));
}

/**
 * Reads a name in the form of RFC 4514, which begins with the most specific part. Blanks around separators are let pass:
 * many write them, and they mean nothing.
 * @throws NotAName
 */
export function parseName(text: string): DistinguishedName {
  const relatives = splitAt(text, ",").map((relative) => sortAttributes(splitAt(relative, "+").map(parseAttribute)));
  return relatives.reverse();
}

/** Splits where the separator stands by itself; after a backslash it belongs to the value. */
function splitAt(text: string, separator: "," | "+"): string[] {
  const parts = [""];
  for (const [character] of text.matchAll(/\\[\s\S]|[\s\S]/g)) {
    if (character === separator) parts.push("");
    else parts.push(`${parts.pop() ?? ""}${character}`);
  }
  return parts;
}

function parseAttribute(text: string): string {
  const equals = text.indexOf("=");
  if (equals < 0) throw new NameSyntaxError("a part has no = between its type and its value");
  const type = findAttributeType(text.slice(0, equals).trim());
  if (type === undefined)
    throw new NameSyntaxError("it has an attribute type that is not known; write it as an object identifier, like 2.5.4.3");
  const value = text.slice(equals + 1).trimStart();
  return value.startsWith("#")
    ? formatAttribute(type, parseEncodedValue(value.trim()))
    : `${type}=${prepareCharacters(unescapeValue(value))}`;
}

/** A value given by its encoding (RFC 4514 §2.4). */
function parseEncodedValue(written: string): AttributeValue {
  const hex = /^#((?:[0-9a-f]{2})+)$/i.exec(written)?.[1] ?? "";
  try {
    return decodeDer(Buffer.from(hex, "hex"), loadAsn1().x509.AttributeValue);
  } catch (cause) {
    throw new NameSyntaxError("a value after # is not the hexadecimal form of one DER value", { cause });
  }
}

/** RFC 4514 §3: what is special must be escaped, by itself or as the two hexadecimal digits of each octet of its UTF-8 form. */
function unescapeValue(value: string): string {
  if (/^(?:[^"+,;<>\\\0]|\\(?:[ "#+,;<=>\\]|[0-9a-f]{2}))+$/i.exec(value) === null)
    throw new NameSyntaxError('a value is empty or has a special character (" + , ; < > \\) without a backslash before it');
  const octets = [...value.matchAll(/\\([0-9a-f]{2})|\\(.)|([^\\]+)/gis)].map(([, hex, special, plain]) =>
    hex === undefined ? Buffer.from(special ?? plain ?? "") : Buffer.from(hex, "hex"),
  );
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(octets));
  } catch (cause) {
    throw new NameSyntaxError("the escaped octets of a value are not UTF-8", { cause });
  }
}

/** Strings count by their characters, however they are encoded; any other value by its octets. */
function formatAttribute(type: string, value: AttributeValue): string {
  const characters = readCharacters(value);
  return characters === undefined ? `${type}#${encodeDer(value).toString("hex")}` : `${type}=${prepareCharacters(characters)}`;
}

/** Case does not count, nor how many blanks there are, nor any at the ends (RFC 4518 §2, RFC 5280 §7.1). */
function prepareCharacters(characters: string): string {
  return characters.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ").trim();
}

function sortAttributes(attributes: string[]): string[] {
  return attributes.sort((a, b) => (a < b ? -1 : 1));
}
