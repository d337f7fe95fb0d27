/** A statement of fixed text, prepared once per connection under its name. `?` stands for a value. */
export interface Statement {
  name: string;
  text: string;
}

export interface QueryResult<Row> {
  rows: Row[];
  rowCount: number;
}

/** What runs statements: the database, or one transaction of it. */
export interface Queryable {
  /** Runs one statement. */
  query<Row = never>(statement: Statement, values: readonly unknown[]): Promise<QueryResult<Row>>;
}
