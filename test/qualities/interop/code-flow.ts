import type * as Client6 from "openid-client" with { "resolution-mode": "import" };
import { custom, generators, Issuer, type TokenSet } from "openid-client-5";
import { callback, type InteropServer } from "./interop-server";

/** The tokens of a response, and the claims of its id token once the library has verified it. */
export interface FlowTokens {
  accessToken: string;
  refreshToken: string;
  idToken: string;
  claims: Record<string, unknown>;
}

/** The code flow of one library, used as its documentation says and with its defaults. */
export interface CodeFlow {
  /**
   * @param more parameters of the request
   * @returns the address of an authorization request, and what redeems the code that the browser brought back
   */
  begin(scope: string, more?: Record<string, string>): Promise<{ url: URL; finish: (back: URL) => Promise<FlowTokens> }>;
  /** @param sub the subject that the answer must have */
  readUserInfo(accessToken: string, sub: string): Promise<Record<string, unknown>>;
  /** The same by POST. */
  postUserInfo(accessToken: string): Promise<Record<string, unknown>>;
  refresh(refreshToken: string): Promise<FlowTokens>;
  introspect(token: string): Promise<Record<string, unknown>>;
  revokeRefreshToken(token: string): Promise<void>;
  /** @returns the OAuth error of a refusal that the library threw */
  errorOf(error: unknown): string | undefined;
  /** @returns the HTTP status of a refusal that the library threw */
  statusOf(error: unknown): number | undefined;
}

/** Makes the flow of openid-client 5, which expects RS256 unless it is told otherwise. */
export async function makeFlow5({ issuer, clients: { app }, ca }: InteropServer): Promise<CodeFlow> {
  custom.setHttpOptionsDefaults({ ca });
  const { Client } = await Issuer.discover(issuer.href);
  const client = new Client({ client_id: app.id, client_secret: app.secret });
  const toTokens = (tokens: TokenSet): FlowTokens => ({
    accessToken: tokens.access_token ?? "",
    refreshToken: tokens.refresh_token ?? "",
    idToken: tokens.id_token ?? "",
    claims: tokens.claims(),
  });
  return {
    begin: (scope, more = {}) => {
      const checks = { code_verifier: generators.codeVerifier(), state: generators.state(), nonce: generators.nonce() };
      const { code_verifier, ...sent } = checks;
      const url = client.authorizationUrl({
        redirect_uri: callback,
        scope,
        ...sent,
        code_challenge: generators.codeChallenge(code_verifier),
        code_challenge_method: "S256",
        ...more,
      });
      const finish = async (back: URL) =>
        toTokens(await client.callback(callback, client.callbackParams(back.href), { ...checks, max_age: 300 }));
      return Promise.resolve({ url: new URL(url), finish });
    },
    // It compares the subject with that of an id token only.
    readUserInfo: (accessToken) => client.userinfo(accessToken),
    postUserInfo: (accessToken) => client.userinfo(accessToken, { method: "POST", via: "body" }),
    refresh: async (refreshToken) => toTokens(await client.refresh(refreshToken)),
    introspect: (token) => client.introspect(token),
    revokeRefreshToken: (token) => client.revoke(token, "refresh_token").then(() => undefined),
    errorOf: (error) => (error as { error?: string }).error,
    statusOf: (error) => (error as { response?: { statusCode?: number } }).response?.statusCode,
  };
}

/** Makes the flow of openid-client 6. */
export async function makeFlow6({ issuer, clients: { app }, fetch }: InteropServer): Promise<CodeFlow> {
  const client: typeof Client6 = await import("openid-client");
  const authentication = client.ClientSecretBasic(app.secret);
  const config = await client.discovery(issuer, app.id, {}, authentication, { algorithm: "oidc", [client.customFetch]: fetch });
  const toTokens = (tokens: Client6.TokenEndpointResponse & Client6.TokenEndpointResponseHelpers): FlowTokens => ({
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? "",
    idToken: tokens.id_token ?? "",
    claims: { ...tokens.claims() },
  });
  return {
    begin: async (scope, more = {}) => {
      const checks = {
        pkceCodeVerifier: client.randomPKCECodeVerifier(),
        expectedState: client.randomState(),
        expectedNonce: client.randomNonce(),
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope,
        state: checks.expectedState,
        nonce: checks.expectedNonce,
        code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
        code_challenge_method: "S256",
        ...more,
      });
      const options = { ...checks, maxAge: 300, idTokenExpected: true };
      return { url, finish: async (back) => toTokens(await client.authorizationCodeGrant(config, back, options)) };
    },
    readUserInfo: async (accessToken, sub) => ({ ...(await client.fetchUserInfo(config, accessToken, sub)) }),
    postUserInfo: async (accessToken) => {
      const endpoint = new URL(config.serverMetadata().userinfo_endpoint ?? "");
      const answer = await client.fetchProtectedResource(config, accessToken, endpoint, "POST");
      return (await answer.json()) as Record<string, unknown>;
    },
    refresh: async (refreshToken) => toTokens(await client.refreshTokenGrant(config, refreshToken)),
    introspect: async (token) => ({ ...(await client.tokenIntrospection(config, token)) }),
    revokeRefreshToken: (token) => client.tokenRevocation(config, token, { token_type_hint: "refresh_token" }),
    errorOf: (error) => (error as { error?: string }).error,
    statusOf: (error) => (error as { status?: number }).status,
  };
}
