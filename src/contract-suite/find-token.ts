import { decode } from "jsonwebtoken";
import type { PlainResponse } from "../testkit";

/** @returns the first access token (RFC 9068) in a response's body @throws Error if there is none */
export function findToken({ text }: Pick<PlainResponse, "text">): string {
  const found = listTexts(JSON.parse(text)).find((each) => decode(each, { complete: true })?.header.typ === "at+jwt");
  if (found === undefined) throw new Error("the response has no access token; name it by `tokenOf`");
  return found;
}

function listTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(listTexts) : [];
}
