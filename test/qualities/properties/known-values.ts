/** What the server's process tells the test, and the valid values that requests use. */
/** Valid credentials at the server, so that some requests get as far as a token. */
export interface KnownValues {
  clients: Readonly<Record<string, { id: string; secret: string }>>;
  assertions: readonly string[];
  authToken: string;
  identities: readonly string[];
}

/** The first message of the server's process. */
export interface ServerIntroduction {
  url: string;
  known: KnownValues;
}

/** The memory use of the server, in bytes. */
export interface MemoryUse {
  heapUsed: number;
  rss: number;
}

/** Valid values of a contract's fields, by their names. */
export function goodValuesOf(
  contract: string,
  { clients, assertions, authToken, identities }: KnownValues,
): Readonly<Record<string, readonly string[]>> {
  const { id = "", secret = "" } = clients[contract] ?? {};
  const own = { client_id: [id], client_secret: [secret], id: identities, "api-key": [secret] };
  const proofs = { assertion: assertions, client_assertion: assertions };
  const basic = [`Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`];
  const scopes = { scope: contract === "raidiam" ? ["directory:software"] : ["edit", "view edit", "inspect", "inspect email"] };
  return {
    ...own,
    ...(contract === "raidiam" ? proofs : {}),
    ...scopes,
    Authorization: contract === "weavr" ? [`Bearer ${authToken}`] : basic,
  };
}
