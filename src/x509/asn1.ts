import { createRequire } from "node:module";
import type * as Schema from "@peculiar/asn1-schema";
import type * as X509 from "@peculiar/asn1-x509";
import type * as Reader from "asn1js";

/** Names of modules are seen from here. */
const load = createRequire(__filename);

/**
 * What reads certificates. It is loaded when first called for, and at once rather than by a promise, since names and
 * connections are judged where nothing waits: a server that never sees a certificate starts without it.
 */
export function loadAsn1(): { reader: typeof Reader; schema: typeof Schema; x509: typeof X509 } {
  return {
    reader: load("asn1js") as typeof Reader,
    schema: load("@peculiar/asn1-schema") as typeof Schema,
    x509: load("@peculiar/asn1-x509") as typeof X509,
  };
}

/** DER of a structure (X.690 §10). */
export function encodeDer(structure: object): Buffer {
  return Buffer.from(loadAsn1().schema.AsnConvert.serialize(structure));
}

/**
 * Reads one structure. The reader lets much pass that is not DER: lengths spelled in several ways, octets after the end,
 * octets that are no UTF-8 as if they were Latin-1. What says the same must be written the same, so it is read only if it
 * was written as the reader would write it.
 * @throws Error if the octets are not DER of such a structure, and of nothing else
 */
export function decodeDer<T extends object>(octets: Buffer, structure: new () => T): T {
  const read = loadAsn1().schema.AsnConvert.parse(octets, structure);
  if (!encodeDer(read).equals(octets)) throw new Error("the octets are not DER");
  return read;
}
