/** An application of the screening-eagle contract: it authorizes, redeems codes and refreshes tokens. */
import request, { type Response, type Test } from "supertest";
import type { Registration } from "../../src/registration/registration";
import type { TestPolymint } from "../../src/testkit";
import { authorize } from "./authorize";
import { type Browser, makeBrowser } from "./browser";
import { mustConform } from "./conformance";
import type { OwnPerson } from "./own-person";
import { basic } from "./bearer-tokens";
import { tokenPaths } from "./token-requests";

export const tokenPath = tokenPaths["screening-eagle"];
export const callback = "https://app.example.net/callback?from=polymint";

/** A token response of the endpoint. */
export interface Tokens {
  access_token: string;
  expires_in: number;
  scope: string;
  id_token?: string;
  refresh_token?: string;
}

/** An authorization code, and the verifier that redeems it. */
export interface GrantedCode {
  code: string;
  codeVerifier: string;
}

/** A registered application of the screening-eagle contract. */
export interface ScreeningEagleApp {
  id: string;
  authorization: string;
  /** Lets a person, by default the seeded one, log in and consent at the pages. */
  authorize(options?: { scope?: string; nonce?: string; person?: OwnPerson }): Promise<GrantedCode>;
  /** Redeems a code. @param changes to the form; undefined leaves a parameter out */
  redeem(granted: GrantedCode, changes?: Record<string, string | undefined>): Test;
  /** Redeems a refresh token. */
  refresh(refreshToken: string | undefined, changes?: Record<string, string | undefined>): Test;
  /** Authorizes, redeems the code, and returns the tokens. */
  tokens(options?: { scope?: string; nonce?: string; person?: OwnPerson }): Promise<Required<Tokens>>;
}

export const allScopes = "openid email profile offline inspect";

export async function registerApp(polymint: TestPolymint, registration: Partial<Registration> = {}): Promise<ScreeningEagleApp> {
  const { client, secret } = await polymint.register({
    contracts: ["screening-eagle"],
    scopes: allScopes.split(" "),
    redirectUris: [callback],
    services: ["introspection", "revocation"],
    ...registration,
  });
  const authorization = basic(client.id, secret?.value ?? "");
  const post = (form: Record<string, string | undefined>): Test =>
    request(polymint.url)
      .post(tokenPath)
      .type("form")
      .set("Authorization", authorization)
      .send(Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined)));

  const browsers = new Map<string, Browser>();
  const app: ScreeningEagleApp = {
    id: client.id,
    authorization,
    authorize: async ({ scope = allScopes, nonce, person = polymint.person } = {}) => {
      const parameters = { clientId: client.id, redirectUri: callback, scope, ...(nonce === undefined ? {} : { nonce }) };
      const browser = browsers.get(person.id) ?? makeBrowser(polymint.url);
      browsers.set(person.id, browser);
      return authorize(polymint, parameters, { person, browser });
    },
    redeem: ({ code, codeVerifier }, changes = {}) =>
      post({ grant_type: "authorization_code", code, redirect_uri: callback, code_verifier: codeVerifier, ...changes }),
    refresh: (refreshToken, changes = {}) => post({ grant_type: "refresh_token", refresh_token: refreshToken, ...changes }),
    tokens: async (options) => (await expectTokens(app.redeem(await app.authorize(options)))) as Required<Tokens>,
  };
  return app;
}

/** Waits for tokens, and checks that the response conforms to the spec. */
export async function expectTokens(test: Test): Promise<Tokens> {
  const response = await test;
  expect({ status: response.status, text: response.status === 200 ? "" : response.text }).toEqual({ status: 200, text: "" });
  mustConform(response, "screening-eagle", tokenPath);
  return response.body as Tokens;
}

/** Waits for a refusal, and checks that it conforms to the spec. @returns its errorDescription */
export async function expectRefusal(status: number, test: Test): Promise<string> {
  const response: Response = await test;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "screening-eagle", tokenPath);
  return (response.body as { errorDescription: string }).errorDescription;
}

export const badGrant = "The authorization code or refresh token is not valid.";

/** Whether introspection says that a token is active. */
export async function isActive(polymint: TestPolymint, { authorization }: ScreeningEagleApp, token: string): Promise<boolean> {
  const response = await request(polymint.url)
    .post("/oauth2/introspect")
    .type("form")
    .set("Authorization", authorization)
    .send({ token })
    .expect(200);
  return (response.body as { active: boolean }).active;
}
