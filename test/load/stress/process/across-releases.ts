/** Checks what two releases on one database know of each other's tokens. */
import { type TokenServer, contractNames } from "../../../harness/token-requests";
import { jwtBearer } from "../../../harness/assertion-client";
import type { Finding, ReleaseAnswer, Side } from "./rollout-judge";

/** A client that gets tokens by the abbeycross contract, introspects any token and revokes its own. */
export interface IntrospectingClient {
  id: string;
  secret: string;
}

/** Both releases on one database, and the clients that use them. */
export interface Sides {
  urls: Readonly<Record<Side, string>>;
  clients: Omit<TokenServer, "url">;
  asker: IntrospectingClient;
}

const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };

/** Tokens that are checked for each contract and release. */
const sample = 5;
const others = { old: "new", new: "old" } as const satisfies Record<Side, Side>;

/** Checks whether each release knows which values the other gave, revoked and used up. @param answers so far */
export async function checkAcrossReleases(sides: Sides, answers: readonly ReleaseAnswer[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const one of ["old", "new"] as const) {
    findings.push(...(await checkTokens(one, others[one], sides, answers)));
    for (let count = 0; count < sample; count += 1) {
      findings.push(await checkRevocation(one, { given: one, asked: others[one] }, sides));
      findings.push(await checkRevocation(one, { given: others[one], asked: others[one] }, sides));
    }
    findings.push(await checkUsedAssertion(one, others[one], sides));
    findings.push(await checkLogin(one, others[one], sides));
  }
  return findings;
}

/** Checks whether the tokens of one release are active at the other. */
export async function checkTokens(one: Side, other: Side, sides: Sides, answers: readonly ReleaseAnswer[]): Promise<Finding[]> {
  const given = contractNames.flatMap((contract) => {
    const ofContract = answers.filter((answer) => answer.side === one && answer.contract === contract && answer.jti !== undefined);
    return ofContract.slice(-sample);
  });
  return Promise.all(
    given.map(async ({ contract, text }) => {
      const found = await introspect(sides.urls[other], tokenIn(text), sides.asker);
      return { what: `a token of ${contract} from the ${one} release, introspected at the ${other},`, wanted: "active", found };
    }),
  );
}

async function checkRevocation(one: Side, { given, asked }: { given: Side; asked: Side }, { urls, asker }: Sides): Promise<Finding> {
  const body = JSON.stringify({ client_id: asker.id, client_secret: asker.secret });
  const token = tokenIn((await post(`${urls[given]}/v1/oauth/token`, json, body)).text);
  const before = await introspect(urls[asked], token, asker);
  const { status } = await post(`${urls[one]}/oauth2/revoke`, form, formOf(asker, token));
  const after = await introspect(urls[asked], token, asker);
  const what = `a token from the ${given} release, revoked at the ${one} and introspected at the ${asked},`;
  return { what, wanted: "active, then revoked with 200 and inactive", found: `${before}, then revoked with ${status} and ${after}` };
}

/** A client assertion is accepted once, at whichever release. */
async function checkUsedAssertion(one: Side, other: Side, { urls, clients }: Sides): Promise<Finding> {
  const assertion = clients.clients.raidiam.assertion(clients.issuer);
  const fields = { grant_type: "client_credentials", client_assertion_type: jwtBearer, client_assertion: assertion };
  const body = new URLSearchParams(fields).toString();
  const statuses: number[] = [];
  for (const side of [one, other]) statuses.push((await post(`${urls[side]}/token`, form, body)).status);
  return {
    what: `an assertion used at the ${one} release and again at the ${other}`,
    wanted: "200, then 400",
    found: statuses.join(", then "),
  };
}

/** A login at one release must be good for a token at the other. */
async function checkLogin(one: Side, other: Side, { urls, clients: { clients, user } }: Sides): Promise<Finding> {
  const headers = { ...json, "api-key": clients.weavr.secret };
  const login = await post(
    `${urls[one]}/login_with_password`,
    headers,
    JSON.stringify({ email: user.email, password: { value: user.password } }),
  );
  const identity = JSON.stringify({ identity: user.identities[0] });
  const { status } = await post(`${urls[other]}/access_token`, { ...headers, authorization: `Bearer ${tokenIn(login.text)}` }, identity);
  const what = `a login at the ${one} release, used at the ${other},`;
  return { what, wanted: "200, then 200", found: `${login.status}, then ${status}` };
}

async function introspect(url: string, token: string, asker: IntrospectingClient): Promise<string> {
  const { status, text } = await post(`${url}/oauth2/introspect`, form, formOf(asker, token));
  if (status !== 200) return `answered with ${status}`;
  return (JSON.parse(text) as { active: boolean }).active ? "active" : "inactive";
}

function formOf({ id, secret }: IntrospectingClient, token: string): string {
  return new URLSearchParams({ client_id: id, client_secret: secret, token }).toString();
}

async function post(url: string, headers: Record<string, string>, body: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(url, { method: "POST", headers, body });
  return { status: answer.status, text: await answer.text() };
}

/** @returns "none" if the response has no token */
function tokenIn(text: string): string {
  try {
    const { access_token, token } = JSON.parse(text) as { access_token?: string; token?: string };
    return access_token ?? token ?? "none";
  } catch {
    return "none";
  }
}
