import type { Caller } from "../engine/caller";
import type { IssueNote } from "../engine/issue-context";

/** What a contract's translators may know about the HTTP exchange around the request. */
export interface Exchange {
  /** Identifies the request in the log: the caller's id if the contract accepts one, else a new UUID. */
  correlationId: string;
  /** The id that the caller sent, if it was acceptable. */
  suppliedCorrelationId: string | undefined;
  /** Path of the request target, without the query. */
  path: string;
  /** Filled in while the request is processed, for its log line. */
  note: IssueNote;
  caller: Caller;
  /** What a client assertion may name as its audience, beside the issuer and the request's path below it. Default: nothing. */
  audiences?: readonly string[];
}
