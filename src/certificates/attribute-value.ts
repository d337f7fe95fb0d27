import type { AttributeValue } from "@peculiar/asn1-x509";
import { asn1 } from "./asn1";

/** One value from its DER. @throws Error if these octets are anything else, or a string whose encoding does not allow them */
export function attributeValueFrom(octets: Buffer): AttributeValue {
  const { schema, x509 } = asn1();
  const value = schema.AsnConvert.parse(octets, x509.AttributeValue);
  if (!octets.equals(encodingOf(value))) throw new Error("the octets are not DER of one value");
  return value;
}

/** DER of a value. */
export function encodingOf(value: AttributeValue): Buffer {
  return Buffer.from(asn1().schema.AsnConvert.serialize(value));
}

/** @returns the characters of a string, or undefined for a value that is none */
export function charactersOf({ anyValue, ...strings }: AttributeValue): string | undefined {
  if (anyValue !== undefined) return charactersOfRareString(anyValue);
  return (
    strings.utf8String ??
    strings.printableString ??
    strings.ia5String ??
    strings.bmpString ??
    strings.teletexString ??
    strings.universalString
  );
}

/** Strings that X.520 does not let stand in most attributes, and that authorities use all the same. */
function charactersOfRareString(der: ArrayBuffer): string | undefined {
  const { fromBER, NumericString, VisibleString } = asn1().reader;
  const { result } = fromBER(der);
  return result.constructor === NumericString || result.constructor === VisibleString
    ? (result as { getValue(): string }).getValue()
    : undefined;
}
