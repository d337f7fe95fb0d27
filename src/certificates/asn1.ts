import { createRequire } from "node:module";
import type * as Reader from "asn1js";
import type * as Schema from "@peculiar/asn1-schema";
import type * as X509 from "@peculiar/asn1-x509";

/** Names of modules are seen from here. */
const load = createRequire(__filename);

/**
 * What reads certificates. It is loaded when first called for, and at once rather than by a promise, since names and
 * connections are judged where nothing waits: a server that never sees a certificate starts without it.
 */
export function asn1(): { reader: typeof Reader; schema: typeof Schema; x509: typeof X509 } {
  return {
    reader: load("asn1js") as typeof Reader,
    schema: load("@peculiar/asn1-schema") as typeof Schema,
    x509: load("@peculiar/asn1-x509") as typeof X509,
  };
}
