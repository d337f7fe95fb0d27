import { basename } from "node:path";
import { toKebabCase, toPascalCase } from "../codegen/name-rules";
import { VendorSpecError } from "./errors";
import { asObject, asText, type JsonObject } from "./json";
import { isUrl } from "./load";

/** File names that say nothing about the vendor. */
const nondescript = /^(?:openapi|swagger|spec|specification|api|apis|index|stdin|main|root|latest|oas|oas3|schema|docs?|v\d[\d.]*)$/i;

/**
 * Makes the contract's name from the file's name, or from the title of the API where the file's says nothing.
 * @throws VendorSpecError if the name is taken, or cannot be a contract's name
 */
export function chooseName(source: string, root: JsonObject, wanted: string | undefined, taken: readonly string[]): string {
  if (wanted !== undefined && !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(wanted)) {
    throw new VendorSpecError(
      `--name ${wanted}: a contract's name has lower-case letters, digits and single hyphens, such as ${toKebabCase(wanted) || "acme"}`,
    );
  }
  const name = wanted ?? deriveName(source, root);
  if (name === undefined) throw new VendorSpecError(`${source}: neither the file's name nor info.title makes a name; give one with --name`);
  if (taken.includes(name)) throw new VendorSpecError(`there is a contract ${name} already; give another name with --name`);
  return name;
}

function deriveName(source: string, root: JsonObject): string | undefined {
  const file = source === "-" ? "" : basename(isUrl(source) ? new URL(source).pathname : source);
  const stem = file.replace(/\.(?:ya?ml|json|html?|txt)$/i, "").replace(/[._-](?:openapi|swagger|spec|api)$/i, "");
  const title = asText(asObject(root.info).title)?.replace(
    /\b(?:api|rest|openapi|specification|documentation|reference|v?\d+(?:\.\d+)*)\b/gi,
    " ",
  );
  return [nondescript.test(stem) ? "" : stem, title ?? ""].map(shortenName).find((name) => name !== "");
}

/** Makes a contract's name from the first words of a text; more than four are a sentence. */
function shortenName(text: string): string {
  return toKebabCase(text).split("-").slice(0, 4).join("-");
}

/** Gives every schema of the vendor a name that starts with the contract's, so that no two specs share one by chance. */
export function nameSchemas(names: readonly string[], pascal: string): Map<string, string> {
  const given = new Map<string, string>();
  const used = new Set<string>();
  for (const name of names) {
    const own = toPascalCase(name);
    const wanted = own.startsWith(pascal) && own !== pascal ? own : joinNames(pascal, own);
    let free = wanted;
    for (let count = 2; used.has(free); count += 1) free = `${wanted}${count}`;
    used.add(free);
    given.set(name, free);
  }
  return given;
}

/** Writes words once that end the first name and begin the second: `AcmeV2` and `V2Token` are `AcmeV2Token`. */
function joinNames(first: string, second: string): string {
  const starts = [...first.matchAll(/[A-Z]/g)].map(({ index }) => index);
  const from = starts.find((start) => second.startsWith(first.slice(start)) && second.length > first.length - start);
  return first + second.slice(from === undefined ? 0 : first.length - from);
}
