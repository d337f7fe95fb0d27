/** The authorization code flow through the pages, as an application and a person go through it. */
import { createHash, randomBytes } from "node:crypto";
import type { TestPolymint } from "../../src/testkit";
import { type Browser, makeBrowser, type PageResponse } from "./browser";

/** Parameters of an authorization request. Optional ones get a valid value or are left out. */
export interface AuthorizeParameters {
  clientId: string;
  redirectUri: string;
  scope: string;
  state?: string;
  nonce?: string;
  /** Default: the challenge of `codeVerifier`, else of a fresh verifier. */
  codeChallenge?: string;
  codeVerifier?: string;
  /** Replaces any parameter; undefined leaves it out. */
  parameters?: Record<string, string | undefined>;
}

/** The result of an authorization request. */
export interface AuthorizedCode {
  code: string;
  /** The whole redirect to the client. */
  location: URL;
  /** The verifier of the code challenge, unless only the challenge was given. */
  codeVerifier: string;
  /** The browser in which the person is still logged in. */
  browser: Browser;
}

/** The path and query of an authorization request. */
export function authorizePath(parameters: AuthorizeParameters): string {
  const { codeVerifier, codeChallenge = challengeOf(codeVerifier ?? makeVerifier()) } = parameters;
  const all: Record<string, string | undefined> = {
    response_type: "code",
    client_id: parameters.clientId,
    redirect_uri: parameters.redirectUri,
    scope: parameters.scope,
    state: parameters.state,
    nonce: parameters.nonce,
    code_challenge: codeChallenge,
    code_challenge_method: "S256",
    ...parameters.parameters,
  };
  const present = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `/authorize?${new URLSearchParams(present).toString()}`;
}

/** Makes a code verifier (RFC 7636 §4.1). */
export function makeVerifier(): string {
  return randomBytes(32).toString("base64url");
}

/** The S256 code challenge of a verifier (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

/**
 * Goes through the real pages: the request, the login if the browser has no session, the consent if the page asks for it, and
 * the redirect.
 * @param options a person instead of the seeded one; a browser, which may have a session already
 * @throws Error with the last response if that has no code
 */
export async function authorize(
  polymint: Pick<TestPolymint, "url"> & { person: { email: string; password: string } },
  parameters: AuthorizeParameters,
  options: { person?: { email: string; password: string }; browser?: Browser } = {},
): Promise<AuthorizedCode> {
  const codeVerifier = parameters.codeVerifier ?? makeVerifier();
  const browser = options.browser ?? makeBrowser(polymint.url);
  const first = await browser.get(authorizePath({ ...parameters, codeVerifier }));
  const answer = await walkPages(browser, first, options.person ?? polymint.person);
  const location = answer.headers.get("location");
  const code = location === null ? null : new URL(location).searchParams.get("code");
  if (location === null || code === null) throw new Error(`no code, but ${answer.status} ${location ?? answer.text}`);
  return { code, location: new URL(location), codeVerifier, browser };
}

/** Logs in and consents wherever a page asks for it. @returns the first response that asks for neither or redirects to another server */
export async function walkPages(browser: Browser, from: PageResponse, person: { email: string; password: string }): Promise<PageResponse> {
  let page = await browser.follow(from);
  if (page.text.includes('name="password"')) {
    page = await browser.follow(await browser.submit(page, { email: person.email, password: person.password }));
  }
  if (page.text.includes('value="approve"')) page = await browser.follow(await browser.submit(page, {}, "Allow"));
  return page;
}
