import type { AttributeValue } from "@peculiar/asn1-x509";
import { loadAsn1, encodeDer } from "./asn1";

/** @returns the characters of a string, or undefined for a value that is none */
export function readCharacters(value: AttributeValue): string | undefined {
  const { utf8String, printableString, ia5String, bmpString, teletexString, universalString } = value;
  const characters = utf8String ?? printableString ?? ia5String ?? bmpString ?? teletexString ?? universalString;
  return characters ?? readDigits(encodeDer(value));
}

/** Of a NumericString, for which the reader of names has no place. Some countries' tax numbers are written so. */
function readDigits(der: Buffer): string | undefined {
  const { fromBER, NumericString } = loadAsn1().reader;
  const { result } = fromBER(der);
  return result instanceof NumericString ? result.getValue() : undefined;
}
