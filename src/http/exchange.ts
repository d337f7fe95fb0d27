import type { Caller } from "../engine/caller";
import type { IssueNote } from "../engine/issue-note";

/** What a translator may know of the HTTP exchange around the request. */
export interface Exchange {
  /** Stands in the log line of this request. The caller's own where the contract lets it bring one, else a fresh UUID. */
  correlationId: string;
  /** The id as the caller sent it, if it did and it was acceptable. */
  suppliedCorrelationId: string | undefined;
  /** Path of the request target, without the query. */
  path: string;
  /** Filled in as the request is understood, for its log line. */
  note: IssueNote;
  caller: Caller;
}
