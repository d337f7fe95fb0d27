import type { Caller } from "./caller";

/** Filled in as a request is understood, for its log line: nothing here is ever secret. */
export interface IssueNote {
  /** The client, once it has proved itself. */
  client?: string;
  grant?: string;
  /** The `jti` of the token that was issued. */
  jti?: string;
  /** Path of the page, where it was a page that was asked for. */
  page?: string;
  /** The person who is logged in there. */
  person?: string;
}

/** What surrounds a token request. */
export interface IssueContext {
  /** Is told who asked and for what, as soon as that is known. */
  note: IssueNote;
  /** Address that the request came from. */
  source: string;
  caller: Caller;
}
