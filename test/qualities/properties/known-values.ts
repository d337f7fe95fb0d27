/** What is good at the server, so that some requests get far. */
export interface KnownValues {
  clients: Readonly<Record<string, { id: string; secret: string }>>;
  assertions: readonly string[];
  authToken: string;
  identities: readonly string[];
}

/** What the server's process says first. */
export interface ServerIntroduction {
  url: string;
  known: KnownValues;
}

/** Bytes of memory. */
export interface MemoryUse {
  heapUsed: number;
  rss: number;
}

/** Good values of a contract's fields, by their names. */
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
