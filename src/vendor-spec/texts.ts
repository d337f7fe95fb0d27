import type { OpenApiDocument } from "./document";
import { isObject } from "./json";

/** A description longer than this is a manual, and hides the contract. */
const longest = 1200;

/** Makes the vendor's texts fit for tools that render them as HTML, and short. */
export function cleanTexts(document: OpenApiDocument): void {
  const clean = (node: unknown, insideProperties: boolean): void => {
    if (Array.isArray(node)) node.forEach((entry) => clean(entry, false));
    if (!isObject(node)) return;
    for (const [key, value] of Object.entries(node)) {
      const isText = !insideProperties && (key === "description" || key === "summary") && typeof value === "string";
      if (isText) node[key] = cleanText(value);
      else if (key !== "example" && key !== "default" && key !== "enum") clean(value, !insideProperties && key === "properties");
    }
  };
  clean(document, false);
}

function cleanText(text: string): string {
  const plain = text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trimEnd())
    .join("\n")
    .replace(/<(?=\/?(?:script|iframe|object|style)\b)/gi, "&lt;")
    .replace(/\beval\(/g, "eval (")
    .trim();
  return plain.length > longest ? `${plain.slice(0, longest).trimEnd()} …` : plain;
}
