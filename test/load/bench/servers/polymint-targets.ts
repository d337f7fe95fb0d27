/** The requests of the benchmark at the token endpoints of Polymint. */
import type { seedTestClients, SeededClient, SeededUser } from "../../../../src/testkit/seed";
import { type ContractName, tokenPaths } from "../../../harness/token-requests";
import { askedTokens, type Target } from "./contender";
import { basic, form, makeAssertionTarget, makeConstantTarget } from "./targets";

const json = { "content-type": "application/json" };

type Seeded = Awaited<ReturnType<typeof seedTestClients>>;

/** A request for each contract that is measured. */
export function contractTargetsOf(url: string, { clients, user }: Seeded): Record<ContractName, Target> {
  const of = (contract: string): SeededClient => clients[contract] ?? missing(contract);
  return {
    abbeycross: abbeycross(url, of("abbeycross")),
    firstvision: firstvision(url, of("firstvision")),
    raidiam: makeAssertionTarget(`${url}${tokenPaths.raidiam}`, () => of("raidiam").assertion(url)),
    "screening-eagle": screeningEagle(url, of("screening-eagle")),
    weavr: weavr(url, of("weavr"), user),
  };
}

export function abbeycross(url: string, { clientId, secret }: Pick<SeededClient, "clientId" | "secret">): Target {
  return makeConstantTarget({
    url: `${url}${tokenPaths.abbeycross}`,
    headers: json,
    body: JSON.stringify({ client_id: clientId, client_secret: secret }),
  });
}

function firstvision(url: string, { clientId, secret }: SeededClient): Target {
  const scope = encodeURIComponent(askedTokens.firstvision.scope);
  return makeConstantTarget({ url: `${url}${tokenPaths.firstvision}?scope=${scope}`, headers: { authorization: basic(clientId, secret) } });
}

function screeningEagle(url: string, { clientId, secret }: SeededClient): Target {
  const body = new URLSearchParams({ grant_type: "client_credentials", scope: "inspect email profile" }).toString();
  return makeConstantTarget({
    url: `${url}${tokenPaths["screening-eagle"]}`,
    headers: { ...form, authorization: basic(clientId, secret) },
    body,
  });
}

/** Every connection has a login of its own, since requests with the same auth token wait for each other at its row. */
function weavr(url: string, { secret }: SeededClient, user: SeededUser): Target {
  const [identity] = user.identities;
  const headers = { ...json, "api-key": secret };
  return {
    aim: async (connections) => {
      const tokens = await Promise.all(Array.from({ length: connections }, () => logIn(url, headers, user)));
      const headersOfConnection = tokens.map((token) => ({ authorization: `Bearer ${token}` }));
      return { url: `${url}${tokenPaths.weavr}`, headers, body: JSON.stringify({ identity }), headersOfConnection };
    },
  };
}

async function logIn(url: string, headers: Record<string, string>, { email, password }: SeededUser): Promise<string> {
  const body = JSON.stringify({ email, password: { value: password } });
  const response = await fetch(`${url}/login_with_password`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`the login answered ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  return token;
}

function missing(contract: string): never {
  throw new Error(`no client of ${contract} was seeded`);
}
