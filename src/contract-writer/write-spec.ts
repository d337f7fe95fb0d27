import type { OpenApiDocument } from "./document";

/** Where a contract came from; it stands at the top of its file. */
export interface Origin {
  /** As it was given to the command; `-` for the standard input. */
  source: string;
  /** The vendor's title and version. */
  version: string;
  command: string;
}

const marker = "# Files as written: ";

/** Writes `openapi/NAME.yaml`, with the fingerprint of all files at its top. */
export async function writeSpec(document: OpenApiDocument, { source, version, command }: Origin): Promise<string> {
  const { stringify } = await import("yaml");
  const pruned = pruneComponents(document);
  const body = stringify(pruned, { lineWidth: 120, aliasDuplicateObjects: false, singleQuote: true });
  const from = source === "-" ? "the standard input" : source;
  const about = [`Made from ${from}, version ${version}.`, `By: ${command}`];
  return `${about.map((line) => `# ${toOneLine(line)}\n`).join("")}${body}`;
}

/** The vendor's version may have line breaks, which would end the comment. */
function toOneLine(text: string): string {
  return text.replaceAll(/\p{C}|\s/gu, " ");
}

/** Puts the fingerprint of a contract's files into its spec. */
export function addFingerprint(spec: string, fingerprint: string): string {
  return `${marker}${fingerprint}\n${spec}`;
}

/** Takes the fingerprint out of a spec; undefined if this command did not write the spec. */
export function takeFingerprint(text: string): { fingerprint: string; spec: string } | undefined {
  if (!text.startsWith(marker)) return undefined;
  const end = text.indexOf("\n");
  return { fingerprint: text.slice(marker.length, end).trim(), spec: text.slice(end + 1) };
}

/** Leaves out components that nothing refers to. */
function pruneComponents(document: OpenApiDocument): OpenApiDocument {
  const { components = {}, ...rest } = document;
  const used = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key !== "$ref" || typeof value !== "string") visit(value);
      else if (!used.has(value)) {
        used.add(value);
        const [, , kind = "", name = ""] = value.split("/");
        visit(components[kind]?.[name]);
      }
    }
  };
  visit(rest);
  const kept = Object.entries(components).map(([kind, entries = {}]): [string, Record<string, unknown>] => [
    kind,
    Object.fromEntries(Object.entries(entries).filter(([name]) => kind === "securitySchemes" || used.has(`#/components/${kind}/${name}`))),
  ]);
  return { ...rest, components: Object.fromEntries(kept.filter(([, entries]) => Object.keys(entries).length > 0)) };
}
