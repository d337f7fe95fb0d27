/** The requests that several servers are measured with. */
import type { RequestPlan } from "../load/request-plan";
import { askedTokens, type Target } from "./contender";

export const introspectionPath = "/oauth2/introspect";
export const form = { "content-type": "application/x-www-form-urlencoded" };

/** Tokens that introspection is asked about in turn, so that no server can answer from a memory of one. */
const introspectedTokens = 512;
const tokensAtOnce = 16;

/** A target whose requests are all the same. */
export function makeConstantTarget(plan: RequestPlan): Target {
  return { aim: () => Promise.resolve(plan) };
}

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
}

/**
 * A target that asks about tokens that its server issued just before.
 * @param authorization of a client that may introspect
 * @param issuing the token endpoint
 */
export function makeIntrospectionTarget(url: string, authorization: string, issuing: Target): Target {
  return {
    aim: async () => {
      const plan = await issuing.aim(1, introspectedTokens);
      const tokens: string[] = [];
      while (tokens.length < introspectedTokens)
        tokens.push(...(await Promise.all(Array.from({ length: tokensAtOnce }, (_, at) => fetchToken(plan, tokens.length + at)))));
      const bodies = tokens.map((token) => new URLSearchParams({ token }).toString());
      return { url: `${url}${introspectionPath}`, headers: { ...form, authorization }, bodies, bodiesRepeat: true };
    },
  };
}

async function fetchToken({ url, headers, body, bodies }: RequestPlan, at: number): Promise<string> {
  const sent = bodies?.[at % bodies.length] ?? body;
  const response = await fetch(url, { method: "POST", headers, ...(sent === undefined ? {} : { body: sent }) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return ((await response.json()) as { access_token: string }).access_token;
}

/**
 * A target that redeems refresh tokens. Each is valid once, so they are made and stored beforehand.
 * @param store stores new refresh tokens in the server's database
 */
export function makeRefreshTarget(
  plan: { url: string; authorization: string },
  makeToken: () => string,
  store: (tokens: readonly string[]) => Promise<void>,
): Target {
  return {
    aim: async (_connections, requests) => {
      const tokens = Array.from({ length: requests }, makeToken);
      await store(tokens);
      const bodies = tokens.map((token) => new URLSearchParams({ grant_type: "refresh_token", refresh_token: token }).toString());
      return { url: plan.url, headers: { ...form, authorization: plan.authorization }, bodies };
    },
  };
}

/**
 * A target that authenticates with assertions. Each is valid once, so one is signed for each request beforehand.
 * @param makeAssertion makes one that is valid now
 */
export function makeAssertionTarget(url: string, makeAssertion: () => string): Target {
  const parameters = (): Record<string, string> => ({
    grant_type: "client_credentials",
    scope: askedTokens.raidiam.scope,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: makeAssertion(),
  });
  return {
    aim: async (_connections, requests) => {
      const bodies = Array.from({ length: requests }, () => new URLSearchParams(parameters()).toString());
      return { url, headers: form, bodies };
    },
  };
}
