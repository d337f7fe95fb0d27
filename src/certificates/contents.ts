import { dotted, type Element, elements, soleElement, tag } from "./der";

/** An extension of a certificate (RFC 5280 §4.2). */
export interface Extension {
  critical: boolean;
  /** DER of what the extension says. */
  value: Buffer;
}

/** What node:crypto does not tell of a certificate. */
export interface CertificateContents {
  /** DER of the subject's name, as a sequence of its relative names. */
  subject: Element;
  /** By their object identifiers. */
  extensions: ReadonlyMap<string, Extension>;
}

const version = 0xa0;
const extensions = 0xa3;

/**
 * Opens a certificate (RFC 5280 §4.1).
 * @throws Error if it is not DER, has not the parts of a certificate, or has an extension twice
 */
export function contentsOf(der: Buffer): CertificateContents {
  const [tbs] = elements(soleElement(der, tag.sequence).content);
  const parts = elements(tbs?.content ?? Buffer.alloc(0));
  const [, , , , subject] = parts[0]?.tag === version ? parts.slice(1) : parts;
  if (subject?.tag !== tag.sequence) throw new Error("the certificate has no subject");
  const list = parts.find((part) => part.tag === extensions);
  return { subject, extensions: list === undefined ? new Map() : extensionsIn(list) };
}

function extensionsIn(list: Element): Map<string, Extension> {
  const found = new Map<string, Extension>();
  for (const { content } of elements(soleElement(list.content, tag.sequence).content)) {
    const parts = elements(content);
    const [id, value] = [parts[0], parts.at(-1)];
    if (id?.tag !== tag.oid || value?.tag !== tag.octetString) throw new Error("an extension is malformed");
    const name = dotted(id.content);
    if (found.has(name)) throw new Error(`the extension ${name} is there twice`);
    const critical = parts.length === 3 && parts[1]?.tag === tag.boolean && parts[1].content[0] !== 0;
    found.set(name, { critical, value: value.content });
  }
  return found;
}
