import type { PageRequest } from "../store/database/page";
import type { Problem, ProblemRule, RateLimit, RefusalCode } from "../engine/refusal";

/** What goes wrong with a request on purpose. It meets requests that the spec accepts; others are refused as ever. */
export interface Fault {
  /** The name of a contract or a service. */
  contract: string;
  /** Refuse the request for this reason, in the contract's own words. */
  refusal?: RefusalCode;
  /** Refuse the request with this status, by the first refusal that has it. */
  status?: number;
  /** How many requests it meets; without it, every request until it is cleared. */
  times?: number;
  /** Milliseconds before the request is dealt with. */
  delayMs?: number;
  /** Deal with the request, and then reset its connection, or close it after half of the answer's body. */
  drop?: "reset" | "truncate";
  /** Meet only requests whose credentials name this client, whether or not they prove it. */
  clientId?: string;
  /** The field of the request that the refusal shall name, and the rule that it broke; by default `required`. */
  field?: string;
  rule?: ProblemRule;
  /** The faults of the request in every detail, in place of `field` and `rule`. */
  problems?: readonly Problem[];
  /** Methods for `Allow`; by default those of the path. */
  allow?: readonly string[];
  /** For `Retry-After`. */
  retryAfterSeconds?: number;
  /** The rate limit that was exceeded, and all that are in force, for contracts that show them. */
  limit?: RateLimit;
  inForce?: readonly RateLimit[];
  /** Claims of the tokens of this request, in place of their own; null leaves one out. */
  claims?: Readonly<Record<string, unknown>>;
  /** The tokens of this request expired a minute ago. */
  expired?: true;
  /** The signature of its tokens is wrong. */
  badSignature?: true;
  /** Its tokens name a key that is not published. */
  wrongKid?: true;
  /** Seconds by which the engine's clock is wrong for this request; negative if it is late. */
  clockSeconds?: number;
}

/** A fault that waits for requests; `times` is how many more. */
export interface ArmedFault extends Fault {
  /** Epoch seconds. */
  armedAt: number;
  /** Where the list goes on after it. */
  cursor: string;
}

/** The faults of every server on one database. Methods throw `Unavailable`. */
export interface Faults {
  /** Faults with `times` meet requests in the order in which they were armed, before any without. @throws UnfitFaultError */
  arm(fault: Fault): Promise<void>;
  /** Those that wait, by contract in the order in which they will be taken. */
  list(page?: Partial<PageRequest>): Promise<ArmedFault[]>;
  /** Removes those of a contract, or all. @returns how many there were */
  clear(contract?: string): Promise<number>;
  /** @throws UnfitFaultError unless this is a contract or service that faults can be armed at; it lists those */
  mustKnow(contract: string): void;
  /** Takes the next one for a request and counts its `times` down. @param clientId undefined if the request does not name its client */
  take(contract: string, clientId: string | undefined): Promise<Fault | undefined>;
}

/** A fault that cannot be armed. The message says what is wrong with it, and what is possible. */
export class UnfitFaultError extends Error {
  override readonly name = "UnfitFaultError";
}

/** What changes the tokens of a request, or the time at which it is dealt with. */
export type Effects = Pick<Fault, "claims" | "expired" | "badSignature" | "wrongKid" | "clockSeconds">;

const tokenEffects = ["claims", "expired", "badSignature", "wrongKid"] as const satisfies readonly (keyof Effects)[];

/** @returns those effects of a fault that only a token can have */
export function listTokenEffects(fault: Fault): readonly string[] {
  return tokenEffects.filter((name) => fault[name] !== undefined);
}

/** The bounds of a fault's numbers. A delay keeps a connection, and a clock that is months off makes partitions of the ledger. */
export const bounds = {
  times: [1, 1_000_000],
  delayMs: [0, 60_000],
  retryAfterSeconds: [0, 31_536_000],
  clockSeconds: [-30 * 86_400, 30 * 86_400],
} as const satisfies Partial<Record<keyof Fault, readonly [number, number]>>;
