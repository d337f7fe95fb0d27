import type { Caller } from "./caller";

/** Facts for the log line of a request, filled in while it is handled. Nothing here is secret. */
export interface IssueNote {
  /** The client, once it is authenticated. */
  client?: string;
  grant?: string;
  /** The `jti` of the token that was issued. */
  jti?: string;
  /** Path of the page, if the request was for a page. */
  page?: string;
  /** The person who is logged in on that page. */
  person?: string;
}

/** The circumstances of a token request, beside what it asks for. */
export interface IssueContext {
  /** Receives the client and the grant as soon as they are known. */
  note: IssueNote;
  /** IP address that the request came from. */
  source: string;
  caller: Caller;
}
