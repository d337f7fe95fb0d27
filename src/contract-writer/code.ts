/** Pieces of TypeScript source. The formatter lays them out. */

const identifier = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** A name as the key of an object literal. */
function toKey(name: string): string {
  return identifier.test(name) ? name : JSON.stringify(name);
}

/** Access to a member: `body.code` or `body["grant-type"]`. */
export function toAccess(object: string, name: string): string {
  return identifier.test(name) ? `${object}.${name}` : `${object}[${JSON.stringify(name)}]`;
}

/** A value as source. */
export function toSource(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toSource).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return toObject(Object.entries(value).map(([name, each]) => ({ name, value: toSource(each) })));
}

/** A text that HTTP carries as the value of a header (RFC 9110 §5.5); other values stay as they are. */
export function toHeaderValue(value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll(/[^\x20-\x7e]+/g, " ").trim() : value;
}

/** A member of an object literal; with a condition, it is left out where that is false. */
export interface Entry {
  name: string;
  value: string;
  when?: string;
}

/** An object literal. */
export function toObject(entries: readonly Entry[]): string {
  const members = entries.map(({ name, value, when }) => {
    const member = name === value && identifier.test(name) ? name : `${toKey(name)}: ${value}`;
    return when === undefined ? member : `...(${when} ? { ${member} } : {})`;
  });
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** Whether written code uses a variable of this name: not as a key, a member or a text. */
export function usesName(code: string, name: string): boolean {
  const plain = code.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").replaceAll(/(?<!\.\.)\.[A-Za-z_$][\w$]*/g, "");
  return plain.split(/[^\w$:]+/).some((word) => word === name);
}
