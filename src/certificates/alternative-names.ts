import { isIPv4, isIPv6, SocketAddress } from "node:net";
import type { Extension } from "./contents";
import { type Element, elements, soleElement, tag } from "./der";

/** What a subject alternative name can be that a client may be known by (RFC 8705 §2.1.2). */
export const alternativeKinds = ["san_dns", "san_uri", "san_ip", "san_email"] as const;
export type AlternativeKind = (typeof alternativeKinds)[number];

export interface AlternativeName {
  kind: AlternativeKind;
  /** Prepared for comparison by {@link preparedAlternative}. */
  value: string;
}

/** Object identifier of the extension that holds them. */
export const subjectAltName = "2.5.29.17";

/** RFC 5280 §4.2.1.6: the kinds by their identifier octets. */
const kinds: Readonly<Record<number, AlternativeKind>> = { 0x81: "san_email", 0x82: "san_dns", 0x86: "san_uri", 0x87: "san_ip" };

/** The alternative names of a certificate, those of other kinds left out. @throws Error if they are malformed */
export function alternativeNamesIn(extension: Extension | undefined): AlternativeName[] {
  if (extension === undefined) return [];
  return elements(soleElement(extension.value, tag.sequence).content).flatMap((name) => {
    const kind = kinds[name.tag];
    const value = kind === undefined ? undefined : preparedAlternative(kind, writtenAs(kind, name));
    return kind === undefined || value === undefined ? [] : [{ kind, value }];
  });
}

/**
 * An alternative name in the one spelling that all of its spellings compare by: hosts in lower case, addresses as they
 * are written shortest, anything else as it is. A wildcard stands for nothing but itself.
 * @returns undefined for an IP address that is none
 */
export function preparedAlternative(kind: AlternativeKind, value: string): string | undefined {
  switch (kind) {
    case "san_dns":
      return value.toLowerCase();
    case "san_uri":
      return value;
    case "san_ip":
      return canonicalAddress(value);
    case "san_email": {
      const at = value.lastIndexOf("@") + 1;
      return value.slice(0, at) + value.slice(at).toLowerCase();
    }
  }
}

function canonicalAddress(address: string): string | undefined {
  if (isIPv4(address)) return address;
  if (!isIPv6(address) || address.includes("%")) return undefined;
  return new SocketAddress({ address, family: "ipv6" }).address;
}

function writtenAs(kind: AlternativeKind, { content }: Element): string {
  if (kind !== "san_ip") return content.toString("latin1");
  if (content.length === 4) return [...content].join(".");
  return content.toString("hex").replaceAll(/(.{4})(?!$)/g, "$1:");
}
