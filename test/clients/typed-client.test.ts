import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { decode } from "jsonwebtoken";
import {
  AuthorizationRefused,
  type ClientOptions,
  makeAbbeycrossClient,
  makeFirstvisionClient,
  makeRaidiamClient,
  makeScreeningEagleClient,
  makeWeavrClient,
  readCallback,
  TokenRefused,
} from "../../generated/clients";
import { walkPages } from "../harness/authorize";
import { makeBrowser } from "../harness/browser";
import { callback, type ClientsServer, secretOf, startClientsServer } from "./clients";

let server: ClientsServer;
beforeAll(async () => {
  server = await startClientsServer();
});
afterAll(() => server.polymint.stop());

/** What every client is made with here: the server's own clock, which stands still, and a count of the requests. */
function makeOptions(answer?: (request: Request) => Response | undefined): ClientOptions & { requests: Request[] } {
  const requests: Request[] = [];
  return {
    baseUrl: `${server.polymint.url}/`,
    clock: server.polymint.clock,
    requests,
    fetch: async (request) => {
      requests.push(request.clone());
      return answer?.(request) ?? (await fetch(request));
    },
  };
}

const makeAbbeycross = (options = makeOptions()) => makeAbbeycrossClient({ ...options, ...secretOf(server.polymint, "abbeycross") });
const makeApp = (options = makeOptions()) => makeScreeningEagleClient({ ...options, ...server.app });
const claimsOf = (token: string) => decode(token) as Record<string, unknown>;

/** Lets the person log in and agree. @returns where the browser came back to */
async function agree(url: string): Promise<string> {
  const browser = makeBrowser(server.polymint.url);
  const { pathname, search } = new URL(url);
  const end = await walkPages(browser, await browser.get(`${pathname}${search}`), server.polymint.person);
  return end.headers.get("location") ?? "";
}

describe("a typed client gets a token", () => {
  it("of the abbeycross contract with id and secret in the body", async () => {
    const { accessToken, expiresAt, answer } = await makeAbbeycross().getToken();
    expect(claimsOf(accessToken)).toMatchObject({ client_id: "demo-abbeycross" });
    expect(expiresAt).toBe(server.polymint.clock() + answer.expires_in * 1000);
  });

  it("of the firstvision contract, whose expires_in is a point in time", async () => {
    const client = makeFirstvisionClient({ ...makeOptions(), ...secretOf(server.polymint, "firstvision"), scope: "edit" });
    const { accessToken, expiresAt } = await client.getToken();
    expect(expiresAt).toBe(Number(claimsOf(accessToken).exp) * 1000);
  });

  it("of the raidiam contract with an assertion that it signs, or that the caller signs", async () => {
    const { clientId, key } = server.signer;
    const own = { ...makeOptions(), clientId, audience: server.polymint.issuer };
    const client = makeRaidiamClient({ ...own, privateKey: { ...key.jwk, kid: "own", use: "sig", alg: "ES256" }, scope: "read" });
    const { answer } = await client.getToken();
    expect(answer.scope).toBe("read");
    const signed: unknown[] = [];
    const sign = (claims: unknown) => {
      signed.push(claims);
      return server.polymint.clients.raidiam.assertion(server.polymint.issuer);
    };
    await makeRaidiamClient({ ...own, sign }).getToken();
    expect(signed).toEqual([expect.objectContaining({ iss: clientId, sub: clientId, aud: server.polymint.issuer })]);
  });

  it("of the screening-eagle contract with HTTP Basic, for the client itself", async () => {
    const client = makeScreeningEagleClient({ ...makeOptions(), ...secretOf(server.polymint, "screening-eagle"), scope: "inspect email" });
    const { answer } = await client.getToken();
    expect(answer.scope).toBe("inspect email");
  });

  it("of the weavr contract by a login, a delegated assertion and a one-time token, kept for fifteen minutes", async () => {
    const { polymint, identity, delegate } = server;
    const own = { apiKey: polymint.clients.weavr.secret, ...identity };
    const { email, password } = polymint.user;
    const user = await makeWeavrClient({ ...makeOptions(), ...own, email, password }).getToken();
    expect(user.answer.credentials.type).toBe("ROOT");
    expect(user.expiresAt - polymint.clock()).toBe(900_000);
    const delegated = makeWeavrClient({ ...makeOptions(), ...own, delegateId: delegate.id, privateKey: delegate.key.jwk, keepSeconds: 60 });
    const { answer, expiresAt } = await delegated.getToken();
    expect(answer.credentials).toEqual({ type: "API_CLIENT", id: delegate.id });
    expect(expiresAt - polymint.clock()).toBe(60_000);
    const oneTimeToken = await polymint.createOneTimeToken();
    const once = await makeWeavrClient({ ...makeOptions(), ...own }).exchange("one_time_token", { oneTimeToken });
    expect(once.answer.identity.id).toBe(identity.identityId);
  });
});

describe("a typed client keeps its token", () => {
  it("until thirty seconds before its end, and then asks once for all who wait", async () => {
    const options = makeOptions();
    const client = makeAbbeycross(options);
    const [first, same] = await Promise.all([client.getToken(), client.getToken()]);
    expect(same).toBe(first);
    server.polymint.clock.advance(3600 - 31);
    expect(await client.getToken()).toBe(first);
    expect(options.requests).toHaveLength(1);
    server.polymint.clock.advance(1);
    const renewed = await Promise.all([client.getToken(), client.getToken(), client.getToken()]);
    expect(new Set(renewed).size).toBe(1);
    expect(renewed[0]).not.toBe(first);
    expect(options.requests).toHaveLength(2);
  });

  it("while a server that is away is asked in vain, and not beyond its end", async () => {
    let away = false;
    const closed = () => new Response("{}", { status: 503, headers: { "Retry-After": "7" } });
    const client = makeAbbeycross(makeOptions(() => (away ? closed() : undefined)));
    const first = await client.getToken();
    away = true;
    server.polymint.clock.advance(3600 - 10);
    expect(await client.getToken()).toBe(first);
    await expect(client.getToken({ force: true })).rejects.toMatchObject({ status: 503, retryAfterSeconds: 7 });
    server.polymint.clock.advance(10);
    await expect(client.getToken()).rejects.toBeInstanceOf(TokenRefused);
    away = false;
    expect((await client.getToken()).expiresAt).toBeGreaterThan(first.expiresAt);
  });

  it("from the server that was named, without following it elsewhere with the credentials", async () => {
    const elsewhere = createServer((_request, response) => response.end("{}")).listen(0);
    const seen = jest.fn();
    elsewhere.on("request", seen);
    const { port } = elsewhere.address() as AddressInfo;
    const moved = createServer((_request, response) => response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end()).listen(0);
    const options = { ...makeOptions(), baseUrl: `http://127.0.0.1:${(moved.address() as AddressInfo).port}` };
    await expect(makeAbbeycross(options).getToken()).rejects.toMatchObject({ name: "TokenRefused", status: 307 });
    expect(seen).not.toHaveBeenCalled();
    for (const each of [elsewhere, moved]) each.close();
  });

  it("that it got with a secret nobody knows: never, and says so in the contract's own words", async () => {
    const client = makeAbbeycrossClient({ ...makeOptions(), clientId: "demo-abbeycross", clientSecret: "wrong" });
    const error: unknown = await client.getToken().catch((thrown: unknown) => thrown);
    if (!client.isRefusal(error)) throw error;
    expect({ status: error.status, code: error.body.code }).toEqual({ status: 409, code: "INVALID_CREDENTIALS" });
  });
});

describe("a typed client of a contract with persons", () => {
  it("sends the person to the pages, exchanges the code, refreshes, and never takes its own token in a person's place", async () => {
    const options = makeOptions();
    const client = makeScreeningEagleClient({ ...options, ...server.app, scope: "inspect" });
    const started = await client.authorize({
      redirectUri: callback,
      scope: "openid email offline",
      issuer: server.polymint.issuer,
      parameters: { prompt: "consent" },
    });
    const given = readCallback(await agree(started.url), started);
    const first = await client.exchange("authorization_code", given);
    expect(claimsOf(first.answer.id_token ?? "")).toMatchObject({ sub: server.polymint.person.id, nonce: started.nonce });
    server.polymint.clock.advance(604_800 - 30);
    const second = await client.getToken();
    expect(claimsOf(second.accessToken).sub).toBe(server.polymint.person.id);
    expect(second.answer.refresh_token).not.toBe(first.answer.refresh_token);
    const body = new URLSearchParams({ token: second.answer.refresh_token ?? "" });
    const authorization = options.requests[0]?.headers.get("Authorization") ?? "";
    await fetch(`${server.polymint.url}/oauth2/revoke`, { method: "POST", headers: { authorization }, body });
    await expect(client.getToken({ force: true })).rejects.toMatchObject({ status: 400 });
    server.polymint.clock.advance(604_800);
    await expect(client.getToken()).rejects.toThrow("call `exchange`");
    client.forget();
    expect(claimsOf((await client.getToken()).accessToken).sub).not.toBe(server.polymint.person.id);
  });

  it("gives no person the token of the one before, whose answer comes late", async () => {
    const late: (() => void)[] = [];
    const answer = (name: string) =>
      Response.json({ access_token: name, expires_in: 100, refresh_token: name, token_type: "bearer", scope: "" });
    const options = {
      ...makeOptions(),
      fetch: async (sent: Request) => {
        const body = new URLSearchParams(await sent.text());
        if (body.has("refresh_token")) await new Promise<void>((resolve) => late.push(resolve));
        return answer(body.get("code") ?? `new ${body.get("refresh_token")}`);
      },
    };
    const client = makeApp(options);
    const enter = (code: string) => client.exchange("authorization_code", { code, redirectUri: callback, codeVerifier: "v" });
    await enter("first");
    const first = client.getToken({ force: true });
    await enter("second");
    const second = client.getToken({ force: true });
    await new Promise(setImmediate);
    for (const arrive of late) arrive();
    expect((await first).accessToken).toBe("new first");
    expect((await second).accessToken).toBe("new second");
    expect((await client.getToken()).accessToken).toBe("new second");
    const third = client.getToken({ force: true });
    client.forget();
    await new Promise(setImmediate);
    for (const arrive of late) arrive();
    await third;
    await expect(client.getToken()).rejects.toThrow("call `exchange`");
  });

  it("refuses the answer to another request, and passes on the person's no", async () => {
    const started = await makeApp().authorize({ redirectUri: callback, scope: "openid", issuer: server.polymint.issuer });
    expect(() => readCallback(`${callback}?state=other&code=c`, started)).toThrow("another state");
    const mixedUp = `${callback}?state=${started.state}&iss=https%3A%2F%2Fother.example&code=c`;
    expect(() => readCallback(mixedUp, started)).toThrow("does not come from the server that was asked");
    const denied = `${callback}?${new URLSearchParams({ state: started.state, iss: server.polymint.issuer, error: "access_denied" }).toString()}`;
    expect(() => readCallback(denied, started)).toThrow(AuthorizationRefused);
  });

  it("says what is missing where it cannot ask by itself", async () => {
    await expect(makeApp().getToken()).rejects.toThrow("call `exchange`");
  });
});

it("the operations of a contract are typed, and go to the server that was named", async () => {
  const { request } = makeAbbeycross();
  const { clientId, clientSecret } = secretOf(server.polymint, "abbeycross");
  const { data, error } = await request.POST("/v1/oauth/token", { body: { client_id: clientId, client_secret: clientSecret } });
  expect(error).toBeUndefined();
  expect(data?.token_type).toBe("Bearer");
  // @ts-expect-error: there is no such path in the contract.
  expect((await request.POST("/v1/oauth/tokens", {})).response.status).toBe(404);
});
