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
