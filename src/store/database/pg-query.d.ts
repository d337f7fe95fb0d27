/** The query of `pg` 8. Its own types leave out what a query of another kind builds on. */
declare module "pg/lib/query.js" {
  class Query {
    constructor(config: Query.Config);
    /** `extended` prepares the statement even if it has neither a name nor values. */
    queryMode?: "extended";
    /** Sends the query, in one piece if it is prepared. @returns why it cannot be sent */
    submit(wire: Query.Wire): Error | null;
    /** Writes the messages of a prepared statement. */
    prepare(wire: Query.Wire): void;
    handleDataRow(message: unknown): void;
    handleCommandComplete(message: unknown, wire: Query.Wire): void;
  }

  namespace Query {
    interface Config {
      text: string;
      name?: string | undefined;
      values?: readonly unknown[];
      callback: (error: Error | null, result: unknown) => void;
    }

    /** Writes messages of the protocol (PostgreSQL documentation, 54.7). */
    interface Wire {
      parse(message: { name: string; text: string }): void;
      bind(message: { statement: string; values?: readonly string[] }): void;
      describe(message: { type: "P"; name: "" }): void;
      execute(message: object): void;
      close(message: { type: "S"; name: string }): void;
      sync(): void;
    }
  }

  export = Query;
}
