/** How long a token is valid. */
interface Lifetime {
  lifetimeSeconds: number;
  /** Epoch seconds. */
  expiresAt: number;
}

/** Members that say how long a token is valid, or until when. */
const lifetimeName = /expir|lifetime|validity|valid_?(?:for|until|to)|ttl/i;

/** Members that say it of something else. */
const otherName = /refresh|id_?token|code|session|password/i;

/**
 * Finds the members beside a token that say another lifetime than it has. They may be numbers or texts: a time in seconds or
 * milliseconds, or a date.
 * @returns a line for each
 */
export function findWrongLifetimes(json: string, token: string, { lifetimeSeconds, expiresAt }: Lifetime): string[] {
  const right = [lifetimeSeconds, expiresAt].flatMap((seconds) => [seconds, seconds * 1000]);
  return listMembersBeside(JSON.parse(json), token)
    .filter(([name]) => lifetimeName.test(name) && !otherName.test(name))
    .filter(([, value]) => {
      const told = readNumber(value);
      if (told !== undefined) return !right.includes(told);
      const date = typeof value === "string" ? Date.parse(value) : NaN;
      return !Number.isNaN(date) && Math.floor(date / 1000) !== expiresAt;
    })
    .map(([name, value]) => `${name}: ${String(value)} is neither ${lifetimeSeconds} s nor ${expiresAt}`);
}

function readNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : undefined;
}

function listMembersBeside(value: unknown, token: string): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [];
  const members = Object.entries(value);
  if (members.some(([, member]) => member === token)) return members;
  return members.flatMap(([, member]) => listMembersBeside(member, token));
}
