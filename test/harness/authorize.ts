import { createHash, randomBytes } from "node:crypto";
import type { TestPolymint } from "../../src/testkit";
import { type Browser, makeBrowser, type PageResponse } from "./browser";

/** What a client asks for. What is left out is good, or not there where it may be absent. */
export interface AuthorizeParameters {
  clientId: string;
  redirectUri: string;
  scope: string;
  state?: string;
  nonce?: string;
  /** Default: the challenge of `codeVerifier`, else of a fresh verifier. */
  codeChallenge?: string;
  codeVerifier?: string;
  /** Any parameter, in place of the usual; undefined leaves one out. */
  parameters?: Record<string, string | undefined>;
}

/** What came of it. */
export interface AuthorizedCode {
  code: string;
  /** The whole redirect to the client. */
  location: URL;
  /** What the challenge was made of, unless only the challenge was given. */
  codeVerifier: string;
  /** In which the person is still logged in. */
  browser: Browser;
}

/** The path and query of an authorization request. */
export function authorizePath(asking: AuthorizeParameters): string {
  const { codeVerifier, codeChallenge = challengeOf(codeVerifier ?? makeVerifier()) } = asking;
  const all: Record<string, string | undefined> = {
    response_type: "code",
    client_id: asking.clientId,
    redirect_uri: asking.redirectUri,
    scope: asking.scope,
    state: asking.state,
    nonce: asking.nonce,
    code_challenge: codeChallenge,
    code_challenge_method: "S256",
    ...asking.parameters,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `/authorize?${new URLSearchParams(given).toString()}`;
}

/** RFC 7636 §4.1. */
export function makeVerifier(): string {
  return randomBytes(32).toString("base64url");
}

/** S256 (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

/**
 * Walks the real pages: the request, the login if the browser has none, the consent if it is asked for, and the redirect.
 * @param options person in place of the seeded one; browser in which somebody may be logged in already
 * @throws Error if it does not end in a code, with what it ended in
 */
export async function authorize(
  polymint: Pick<TestPolymint, "url" | "person">,
  asking: AuthorizeParameters,
  options: { person?: { email: string; password: string }; browser?: Browser } = {},
): Promise<AuthorizedCode> {
  const codeVerifier = asking.codeVerifier ?? makeVerifier();
  const browser = options.browser ?? makeBrowser(polymint.url);
  const asked = await browser.get(authorizePath({ ...asking, codeVerifier }));
  const answer = await walkPages(browser, asked, options.person ?? polymint.person);
  const location = answer.headers.get("location");
  const code = location === null ? null : new URL(location).searchParams.get("code");
  if (location === null || code === null) throw new Error(`no code, but ${answer.status} ${location ?? answer.text}`);
  return { code, location: new URL(location), codeVerifier, browser };
}

/** Logs in and agrees wherever a page asks for it. @returns the first answer that leads away from the server, or that asks for neither */
export async function walkPages(browser: Browser, from: PageResponse, person: { email: string; password: string }): Promise<PageResponse> {
  let page = await browser.follow(from);
  if (page.text.includes('name="password"')) {
    page = await browser.follow(await browser.submit(page, { email: person.email, password: person.password }));
  }
  if (page.text.includes('value="approve"')) page = await browser.follow(await browser.submit(page, {}, "Allow"));
  return page;
}
