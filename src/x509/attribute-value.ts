import type { AttributeValue } from "@peculiar/asn1-x509";
import { asn1, derOf } from "./asn1";

/** @returns the characters of a string, or undefined for a value that is none */
export function charactersOf(value: AttributeValue): string | undefined {
  const { utf8String, printableString, ia5String, bmpString, teletexString, universalString } = value;
  const characters = utf8String ?? printableString ?? ia5String ?? bmpString ?? teletexString ?? universalString;
  return characters ?? digitsOf(derOf(value));
}

/** Of a NumericString, for which the reader of names has no place. Some countries' tax numbers are written so. */
function digitsOf(der: Buffer): string | undefined {
  const { fromBER, NumericString } = asn1().reader;
  const { result } = fromBER(der);
  return result instanceof NumericString ? result.getValue() : undefined;
}
