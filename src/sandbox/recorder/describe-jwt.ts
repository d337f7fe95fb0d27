/** The parts of a JWT that help to find a mistake, and that do not help to use it. */
const shown = { header: ["alg", "kid", "typ"], claims: ["iss", "sub", "aud", "iat", "exp"] } as const;
const longestPart = 200;

/** Describes a JWT without its signature, identifiers and other claims. @returns undefined for a text that is none */
export function describeJwt(text: string): string | undefined {
  const [header, claims, signature, ...rest] = text.split(".");
  if (signature === undefined || rest.length > 0) return undefined;
  const [readHeader, readClaims] = [readPart(header), readPart(claims)];
  if (readHeader === undefined || readClaims === undefined) return undefined;
  return `[JWT: ${[...describeMembers(readHeader, shown.header), ...describeMembers(readClaims, shown.claims)].join(", ")}]`;
}

function readPart(part = ""): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function describeMembers(part: Record<string, unknown>, names: readonly string[]): string[] {
  return names.filter((name) => part[name] !== undefined).map((name) => `${name} ${formatValue(part[name]).slice(0, longestPart)}`);
}

/** Not what is nested: to write it out could exhaust the stack. */
function formatValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(formatPlain).join(" ");
  return formatPlain(value);
}

function formatPlain(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "[…]";
}
