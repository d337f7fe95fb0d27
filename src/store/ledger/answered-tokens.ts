import type { LedgerEntry } from "../../engine/ports/ledger";

/**
 * Tokens that a process remembers. At 1000 tokens a second these are the last 16 seconds, at 50 the last five minutes. They take
 * about 1.5 MB, and 64 statements look for all of them.
 */
const defaultCapacity = 16_384;

/** A token whose row was committed. Times are epoch seconds. */
export type AnsweredToken = Pick<LedgerEntry, "jti" | "issuedAt" | "expiresAt" | "contract" | "clientId">;

/** The last tokens that this process has recorded, so that it can look for them after the database was away. */
export interface AnsweredTokens {
  /** Remembers a token, after the commit of its row. The oldest one makes room for it. */
  add(token: AnsweredToken): void;
  /** Whether there is one that has not expired. @param now epoch milliseconds */
  hasSome(now: number): boolean;
  /** Those that have not expired, in the order in which they were recorded. @param now epoch milliseconds */
  list(now: number): AnsweredToken[];
}

/** Everything is allocated here: `add` is called for every token, and only stores values. */
export function makeAnsweredTokens(capacity = defaultCapacity): AnsweredTokens {
  const jtis = new Array<string>(capacity).fill("");
  const contracts = new Array<string>(capacity).fill("");
  const clientIds = new Array<string>(capacity).fill("");
  const issuedAt = new Float64Array(capacity);
  const expiresAt = new Float64Array(capacity);
  let next = 0;

  function read(at: number): AnsweredToken {
    const [jti = "", contract = "", clientId = ""] = [jtis[at], contracts[at], clientIds[at]];
    return { jti, contract, clientId, issuedAt: issuedAt[at] ?? 0, expiresAt: expiresAt[at] ?? 0 };
  }

  return {
    add(token) {
      jtis[next] = token.jti;
      contracts[next] = token.contract;
      clientIds[next] = token.clientId;
      issuedAt[next] = token.issuedAt;
      expiresAt[next] = token.expiresAt;
      next = (next + 1) % capacity;
    },
    hasSome: (now) => expiresAt.some((end) => end * 1000 > now),
    list(now) {
      const places = Array.from({ length: capacity }, (_, age) => (next + age) % capacity);
      return places.filter((at) => (expiresAt[at] ?? 0) * 1000 > now).map(read);
    },
  };
}
