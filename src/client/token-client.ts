import createFetchClient from "openapi-fetch";
import { readAnswer, takeAt } from "./answer";
import { type Jwk, makeAssertion, type SignClaims } from "./assertion";
import { fill, fillPath, makeRequest, type Variables } from "./fill";
import { type Asked, makeKeeper } from "./keeper";
import { startAuthorization } from "./person";
import type { GrantTemplate, TokenPlan } from "./plan";
import { readBody, TokenRefused } from "./refused";
import type { AnswerOf, ClientOptions, PersonClient, RefusalOf, RequestClient, TokenClient } from "./types";

/** Credentials by the names of the variables; an assertion is made from a key or by `sign`. */
type Credentials = object & { privateKey?: Jwk; sign?: SignClaims; audience?: string };

/** Makes the typed client of a contract's operations. */
export function makeRequestClient<Paths extends object>(
  { baseUrl, prefix, fetch }: ClientOptions,
  plannedPrefix = "",
): RequestClient<Paths> {
  return {
    request: createFetchClient<Paths>({ baseUrl: `${trim(baseUrl)}${prefix ?? plannedPrefix}`, ...(fetch === undefined ? {} : { fetch }) }),
  };
}

/** Makes a client that asks for tokens as its contract's plan says. */
export function makeTokenClient<Paths extends object, Operation, Exchanges>(
  plan: TokenPlan,
  options: ClientOptions & Credentials,
): TokenClient<Paths, Operation, Exchanges> & PersonClient {
  const { clock = Date.now, refreshBeforeSeconds = 30 } = options;
  const ask = makeAsk<AnswerOf<Operation>>(plan, options, clock);
  const standing = Object.values(plan.requests).find(({ needs, given }) => given.length === 0 && hasAll(options, needs));
  const { refresh_token: renewal } = plan.requests;
  const keeper = makeKeeper<AnswerOf<Operation>>({
    ask: standing && (() => ask(standing, {})),
    refresh: renewal && ((refreshToken) => ask(renewal, { refreshToken })),
    clock,
    refreshBeforeSeconds,
  });
  return {
    ...makeRequestClient<Paths>(options, plan.prefix),
    getToken: keeper.get,
    exchange: async (grant, given) => {
      const template = plan.requests[grant as string];
      if (template === undefined) throw new Error(`the contract has no grant ${String(grant)}`);
      const asked = await ask(template, given as Variables);
      keeper.keepExchanged(asked);
      return asked.token;
    },
    forget: keeper.forget,
    isRefusal: (error): error is TokenRefused<RefusalOf<Operation>> => error instanceof TokenRefused,
    authorize: (request) => {
      const { clientId = "" } = options as Variables & Credentials;
      return startAuthorization(`${trim(options.baseUrl)}${plan.authorize ?? ""}`, clientId, request);
    },
  };
}

function hasAll(options: Credentials, needs: readonly string[]): boolean {
  const given = options as Record<string, unknown>;
  return needs.every((name) => given[name] !== undefined || (name === "assertion" && (options.privateKey ?? options.sign) !== undefined));
}

type Ask<Answer> = (template: GrantTemplate, given: Variables) => Promise<Asked<Answer>>;

function makeAsk<Answer>(plan: TokenPlan, options: ClientOptions & Credentials, clock: () => number): Ask<Answer> {
  const { baseUrl, prefix = plan.prefix, keepSeconds } = options;
  const send = async (request: Request): Promise<unknown> => {
    const response = await (options.fetch ?? fetch)(request);
    const body = await readBody(response);
    if (!response.ok) throw new TokenRefused(response, body, clock());
    return body;
  };
  return async (template, given) => {
    const own = { ...(options as unknown as Variables), ...given };
    const { first } = template;
    const makeUrl = (path: string): string => `${trim(baseUrl)}${fillPath(path, own)}`;
    const login = first && (await send(makeRequest(makeUrl(first.path), { ...first, method: "POST", media: "json" }, own)));
    const loginToken = first && String(takeAt(login, first.take));
    const assertion = template.needs.includes("assertion") ? await makeOwnAssertion(template, options, own, clock()) : undefined;
    const variables = { ...own, loginToken, assertion };
    const now = clock();
    const request = { ...template, method: plan.method, media: plan.media };
    const answer = await send(makeRequest(makeUrl(prefix + plan.path), request, variables));
    return readAnswer<Answer>(answer, plan.answer, { now, keepSeconds });
  };
}

/** By default, the assertion says that the client is itself, to the server (RFC 7523 §3). */
function makeOwnAssertion(
  template: GrantTemplate,
  options: ClientOptions & Credentials,
  variables: Variables,
  now: number,
): Promise<string> {
  const { privateKey, sign = privateKey, audience = trim(options.baseUrl) } = options;
  if (sign === undefined) throw new Error("privateKey or sign is missing: give one to the factory of the client");
  const claims = template.assertion ?? { iss: "{clientId}", sub: "{clientId}", aud: "{audience}" };
  return makeAssertion(fill(claims, { ...variables, audience }) as Record<string, string>, sign, now);
}

function trim(url: string): string {
  return url.endsWith("/") ? url.slice(0, -1) : url;
}
