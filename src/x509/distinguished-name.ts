import type { AttributeValue, Name } from "@peculiar/asn1-x509";
import { loadAsn1, encodeDer, decodeDer } from "./asn1";
import { findAttributeType } from "./attribute-types";

/**
 * A name, prepared for comparison: its relative names from the least to the most specific, as a certificate has them. Each is
 * its attributes, sorted. An attribute is its type and its value, prepared for comparison.
 */
export type DistinguishedName = readonly (readonly string[])[];

/** A text is not a distinguished name. The message is a sentence that does not repeat the text. */
export class NameSyntaxError extends Error {
  override readonly name = "NameSyntaxError";
}

/**
 * Whether two names are the same: relative name by relative name, in order, whole values only (RFC 5280 §7.1). A name that is
 * only the beginning or end of the other is a different name.
 */
export function isSameName(one: DistinguishedName, other: DistinguishedName): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Prepares the subject of a certificate. */
export function readName(subject: Name): DistinguishedName {
  return Array.from(subject, (relative) => sortAttributes(Array.from(relative, ({ type, value }) => formatAttribute(type, value))));
}

/**
 * Parses a name in the form of RFC 4514, which begins with the most specific part. Blanks around separators are accepted:
 * they are common and have no meaning.
 * @throws NameSyntaxError
 */
export function parseName(text: string): DistinguishedName {
  const relatives = splitAt(text, ",").map((relative) => sortAttributes(splitAt(relative, "+").map(parseAttribute)));
  return relatives.reverse();
}

/** Splits at separators. A separator after a backslash belongs to the value. */
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

/** Parses a value that is given by its encoding (RFC 4514 §2.4). */
function parseEncodedValue(written: string): AttributeValue {
  const hex = /^#((?:[0-9a-f]{2})+)$/i.exec(written)?.[1] ?? "";
  try {
    return decodeDer(Buffer.from(hex, "hex"), loadAsn1().x509.AttributeValue);
  } catch (cause) {
    throw new NameSyntaxError("a value after # is not the hexadecimal form of one DER value", { cause });
  }
}

/** RFC 4514 §3: a special character must be escaped, by a backslash or as two hexadecimal digits per octet of its UTF-8 form. */
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

/** Strings are compared by their characters, regardless of their encoding; other values by their octets. */
function formatAttribute(type: string, value: AttributeValue): string {
  const characters = readCharacters(value);
  return characters === undefined ? `${type}#${encodeDer(value).toString("hex")}` : `${type}=${prepareCharacters(characters)}`;
}

/** @returns the characters of a string; undefined for a value of another type */
function readCharacters(value: AttributeValue): string | undefined {
  const { utf8String, printableString, ia5String, bmpString, teletexString, universalString } = value;
  const characters = utf8String ?? printableString ?? ia5String ?? bmpString ?? teletexString ?? universalString;
  return characters ?? readDigits(encodeDer(value));
}

/** @returns the characters of a NumericString, which `AttributeValue` lacks. Some countries' tax numbers are encoded so. */
function readDigits(der: Buffer): string | undefined {
  const { fromBER, NumericString } = loadAsn1().reader;
  const { result } = fromBER(der);
  return result instanceof NumericString ? result.getValue() : undefined;
}

/** Case, the number of blanks in a row, and blanks at the ends do not matter (RFC 4518 §2, RFC 5280 §7.1). */
function prepareCharacters(characters: string): string {
  return characters.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ").trim();
}

function sortAttributes(attributes: string[]): string[] {
  return attributes.sort((a, b) => (a < b ? -1 : 1));
}
