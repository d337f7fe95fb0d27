import { isIPv4, isIPv6, SocketAddress } from "node:net";
import type { Extension, GeneralName } from "@peculiar/asn1-x509";
import { loadAsn1, decodeDer } from "./asn1";

/** The kinds of subject alternative name that a client may be registered with (RFC 8705 §2.1.2). */
export const alternativeKinds = ["san_dns", "san_uri", "san_ip", "san_email"] as const;
export type AlternativeKind = (typeof alternativeKinds)[number];

export interface AlternativeName {
  kind: AlternativeKind;
  /** Prepared for comparison by {@link prepareAlternative}. */
  value: string;
}

/** Object identifier of the extension that contains them. */
export const subjectAltName = "2.5.29.17";

/** The names of the kinds in RFC 5280 §4.2.1.6. */
const members = {
  san_dns: "dNSName",
  san_uri: "uniformResourceIdentifier",
  san_ip: "iPAddress",
  san_email: "rfc822Name",
} as const satisfies Record<AlternativeKind, keyof GeneralName>;

/** @returns the alternative names of a certificate, without those of other kinds @throws Error if they are malformed */
export function readAlternativeNames(extension: Extension | undefined): AlternativeName[] {
  if (extension === undefined) return [];
  const names = Array.from(decodeDer(Buffer.from(extension.extnValue.buffer), loadAsn1().x509.SubjectAlternativeName));
  return names.flatMap((name) =>
    alternativeKinds.flatMap((kind) => {
      const text = name[members[kind]];
      const value = text === undefined ? undefined : prepareAlternative(kind, text);
      return value === undefined ? [] : [{ kind, value }];
    }),
  );
}

/**
 * Brings an alternative name into the one spelling in which names are compared: hosts in lower case, IP addresses in their
 * shortest form, anything else unchanged. A wildcard matches only itself.
 * @returns undefined for a malformed IP address
 */
export function prepareAlternative(kind: AlternativeKind, value: string): string | undefined {
  switch (kind) {
    case "san_dns":
      return value.toLowerCase();
    case "san_uri":
      return value;
    case "san_ip":
      return canonicaliseAddress(value);
    case "san_email": {
      const at = value.lastIndexOf("@") + 1;
      return value.slice(0, at) + value.slice(at).toLowerCase();
    }
  }
}

function canonicaliseAddress(address: string): string | undefined {
  if (isIPv4(address)) return address;
  if (!isIPv6(address) || address.includes("%")) return undefined;
  return new SocketAddress({ address, family: "ipv6" }).address;
}
