import { randomBytes, randomInt } from "node:crypto";

/** A random id of 18 digits, the first of them not 0, for identities and users. */
export function makeNumericId(): string {
  return `${randomInt(1, 10)}${makeDigits(8)}${makeDigits(9)}`;
}

/** A random id of 12 digits, the first of them not 0, for people. A `userID` claim may be a JSON number, and 12 digits fit one. */
export function makePersonId(): string {
  return randomInt(10 ** 11, 10 ** 12).toString();
}

function makeDigits(count: number): string {
  return randomInt(10 ** count)
    .toString()
    .padStart(count, "0");
}

/**
 * A random client id of 22 characters from `[A-Za-z0-9_-]` (128 bits), which need no escaping in URLs. It never starts
 * with `-`, because a command line would take it for an option.
 */
export function makeClientId(): string {
  const id = randomBytes(16).toString("base64url");
  return id.startsWith("-") ? makeClientId() : id;
}

/** @returns when a UUIDv7 was made (RFC 9562 §5.7), in epoch milliseconds; undefined for any other text */
export function readUuidTime(text: string): number | undefined {
  return isUuid(text) && text[14] === "7" ? Number.parseInt(text.slice(0, 8) + text.slice(9, 13), 16) : undefined;
}

/** Whether a text is a UUID. The database would throw for any other, instead of finding no row. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
