/** What the callers of a run got. */
import { isUnavailable } from "../../qualities/faults/fault";
import type { ContractName } from "../../harness/token-requests";

/** Where a request went. */
export interface Asked {
  /** The contract, for one of the steady requests, or the name of another flow. */
  flow: string;
  contract: ContractName;
  /** The number of the server. */
  server: number;
}

export interface GivenAnswer {
  status: number;
  text: string;
  jti?: string | undefined;
}

/** The records of one fault, over all of its rounds. */
export interface Book {
  requests: number;
  /** The ids of the tokens that were answered: the answers were received to their end. */
  jtis: string[];
  /** Answers that say that the database is unavailable, as the contract does. */
  unavailable: number;
  /** One-time things that were refused the second time, as they must be. */
  refused: number;
  /** A sentence for each one-time thing that was accepted twice. */
  doubled: string[];
  /** A sentence for each good credential that was refused. */
  credentials: string[];
  /** A sentence for every other answer that no contract has, and for each request without an answer. */
  wrong: string[];
  /** The last good answer to a steady request of each contract at each server, by `performance.now()`. */
  goodAt: Map<string, number>;
  /** In milliseconds, where it was, and when it ended, by which the logs can be read. */
  longestGap: { ms: number; name: string; until: Date };
  slowestMs: number;
}

export function openBook(): Book {
  const counts = { requests: 0, unavailable: 0, refused: 0, slowestMs: 0 };
  return {
    ...counts,
    jtis: [],
    doubled: [],
    credentials: [],
    wrong: [],
    goodAt: new Map(),
    longestGap: { ms: 0, name: "", until: new Date() },
  };
}

/** Records the answer to a request with good credentials. @param answer a sentence if there was none @returns whether it has a token */
export function judge(book: Book, asked: Asked, answer: GivenAnswer | string): boolean {
  book.requests += 1;
  if (typeof answer === "string") {
    book.wrong.push(`${nameOf(asked)}: ${answer}`);
    return false;
  }
  const { status, text, jti } = answer;
  if (status === 200 && jti !== undefined) {
    book.jtis.push(jti);
    if (asked.flow === asked.contract) noteGood(book, nameOf(asked));
    return true;
  }
  if (isUnavailable(asked.contract, status)) book.unavailable += 1;
  else if (status === 400 || status === 401 || status === 403) book.credentials.push(`${nameOf(asked)}: ${status} ${text}`);
  else book.wrong.push(`${nameOf(asked)}: ${status} ${text}`);
  return false;
}

/** Measures the gap that a good answer ends: by contract and server, so that one server's answers do not hide the other's silence. */
function noteGood(book: Book, name: string): void {
  const now = performance.now();
  const ms = now - (book.goodAt.get(name) ?? now);
  if (ms > book.longestGap.ms) book.longestGap = { ms, name, until: new Date() };
  book.goodAt.set(name, now);
}

/** Ends all gaps, when the load stops. */
export function closeGaps(book: Book): void {
  for (const [name] of book.goodAt) noteGood(book, name);
}

function nameOf({ flow, server }: Asked): string {
  return `${flow} at server ${server + 1}`;
}
