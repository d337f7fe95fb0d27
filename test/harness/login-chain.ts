/** A weavr user who logs in, steps up, and exchanges access tokens for access tokens. */
import { decode } from "jsonwebtoken";
import request, { type Test } from "supertest";
import { startPolymint, type TestOptions, type TestPolymint } from "../../src/testkit";
import { basic } from "./bearer-tokens";
import { makeOwnUser, type OwnUser } from "./own-user";
import { apiKeyOf, expectWeavrResponse, weavrTokenPath } from "./weavr-requests";

/** What a token says. */
export interface Claims {
  jti: string;
  iat: number;
  exp: number;
  status: string;
  auth_time: number;
  stepped_up_until?: number;
}

export const claimsOf = (token: string) => decode(token) as unknown as Claims;

/** A server with one user, who logs in and exchanges tokens. */
export interface Chain {
  polymint: TestPolymint;
  user: OwnUser;
  /** Epoch seconds. */
  now(): number;
  /** Asks for a login, with the user's password unless another is given. */
  requestLogin(password?: string): Test;
  logIn(password?: string): Promise<string>;
  stepUp(authToken: string): Promise<string>;
  exchange(bearer: string): Promise<string>;
  refuseExchange(bearer: string): Promise<void>;
  introspect(token: string): Promise<Record<string, unknown>>;
}

export async function startChain(options: TestOptions = {}): Promise<Chain> {
  return makeChain(await startPolymint(options));
}

/** Makes a user of its own on a server that runs already. */
export async function makeChain(polymint: TestPolymint): Promise<Chain> {
  const user = await makeOwnUser(polymint);
  const { client, secret } = await polymint.register({ contracts: [], services: ["introspection"] });
  const post = (path: string, body: object, bearer?: string) => {
    const test = request(polymint.url).post(path).set("api-key", apiKeyOf(polymint));
    return (bearer === undefined ? test : test.set("Authorization", `Bearer ${bearer}`)).send(body);
  };
  const exchange = (bearer: string) => post(weavrTokenPath, { identity: user.identity }, bearer);
  const requestLogin = (password = user.password) => post("/login_with_password", { email: user.email, password: { value: password } });
  const tokenIn = ({ body }: { body: unknown }) => (body as { token: string }).token;
  return {
    polymint,
    user,
    now: () => Math.floor(polymint.clock() / 1000),
    requestLogin,
    logIn: async (password) => tokenIn(await requestLogin(password).expect(200)),
    stepUp: async (authToken) => {
      const challenge = await post("/stepup/challenges/otp", {}, authToken).expect(200);
      const { challengeId } = challenge.body as { challengeId: string };
      const verificationCode = polymint.otps.at(-1)?.code;
      return tokenIn(await post("/stepup/challenges/otp/verify", { challengeId, verificationCode }, authToken).expect(200));
    },
    exchange: async (bearer) => tokenIn(await expectWeavrResponse(200, exchange(bearer))),
    refuseExchange: async (bearer) => {
      await expectWeavrResponse(401, exchange(bearer));
    },
    introspect: async (token) => {
      const test = request(polymint.url)
        .post("/oauth2/introspect")
        .set("Authorization", basic(client.id, secret?.value ?? ""));
      return (await test.type("form").send({ token }).expect(200)).body as Record<string, unknown>;
    },
  };
}
