import { createRequire } from "node:module";
import type * as Schema from "@peculiar/asn1-schema";
import type * as X509 from "@peculiar/asn1-x509";
import type * as Reader from "asn1js";

const requireModule = createRequire(__filename);

/**
 * Loads the libraries that read certificates, at the first call, so that a server that never sees a certificate starts
 * without them. They are loaded synchronously, because their callers are synchronous.
 */
export function loadAsn1(): { reader: typeof Reader; schema: typeof Schema; x509: typeof X509 } {
  return {
    reader: requireModule("asn1js") as typeof Reader,
    schema: requireModule("@peculiar/asn1-schema") as typeof Schema,
    x509: requireModule("@peculiar/asn1-x509") as typeof X509,
  };
}

/** DER of a structure (X.690 §10). */
export function encodeDer(structure: object): Buffer {
  return Buffer.from(loadAsn1().schema.AsnConvert.serialize(structure));
}

/**
 * Decodes one structure. The library accepts much that is not DER: lengths in several spellings, octets after the end, and
 * octets that are not UTF-8, which it takes for Latin-1. Equal values must have equal encodings, so the octets are accepted
 * only if the library would encode the value in the same way.
 * @throws Error if the octets are not the DER form of such a structure and nothing else
 */
export function decodeDer<T extends object>(octets: Buffer, structure: new () => T): T {
  const value = loadAsn1().schema.AsnConvert.parse(octets, structure);
  if (!encodeDer(value).equals(octets)) throw new Error("the octets are not DER");
  return value;
}
