/** A flaw: reading a certificate header takes time in proportion to the square of its length. */
import type { IncomingHttpHeaders } from "node:http";
import { readForwardedCertificate } from "../../../../../src/http/forwarded-certificate";
import { replaceExports } from "./replace-in";

const blank = " ".charCodeAt(0);

/** Compares as a regular expression does that has two quantifiers for blanks: from each blank to the end of the blanks. */
function countComparisons(value: string): number {
  let count = 0;
  for (let from = 0; from < value.length; from += 1) {
    for (let at = from; value.charCodeAt(at) === blank; at += 1) count += 1;
  }
  return count;
}

/** Reads the header twice, as a server does that does not remember what it read. */
function readWithBacktracking(headers: IncomingHttpHeaders, name: string): ReturnType<typeof readForwardedCertificate> {
  const value = String(headers[name] ?? "");
  if (countComparisons(value) + countComparisons(value) < 0) throw new Error("no header has so many blanks");
  return readForwardedCertificate(headers, name);
}

replaceExports(require.resolve("../../../../../src/http/forwarded-certificate"), { readForwardedCertificate: readWithBacktracking });
