import { decode } from "jsonwebtoken";
import type * as OAuth from "oauth4webapi" with { "resolution-mode": "import" };
import { describeWithVisitors } from "./visitors";
import { callback, startInteropServer, type InteropServer } from "./interop-server";

jest.setTimeout(60_000);

let oauth: typeof OAuth;
let server: InteropServer;
beforeAll(async () => {
  oauth = await import("oauth4webapi");
  server = await startInteropServer();
});
afterAll(() => server.close());

/** A client, and the server as its metadata describe it. */
interface DiscoveredServer {
  as: OAuth.AuthorizationServer;
  client: OAuth.Client;
  authentication: OAuth.ClientAuth;
  options: { [OAuth.customFetch]: InteropServer["fetch"] };
}

async function discover(
  algorithm: "oidc" | "oauth2",
  clientId: string,
  authentication: OAuth.ClientAuth,
  fetchWith: InteropServer["fetch"] = server.fetch,
): Promise<DiscoveredServer> {
  const options = { [oauth.customFetch]: fetchWith };
  const answer = await oauth.discoveryRequest(server.issuer, { algorithm, ...options });
  const as = await oauth.processDiscoveryResponse(server.issuer, answer);
  return { as, client: { client_id: clientId }, authentication, options };
}

const discoverAsSigner = () =>
  discover("oauth2", server.clients.signer.id, oauth.PrivateKeyJwt({ key: server.clients.signer.privateKey, kid: "k" }));
const discoverAsDevice = () => discover("oauth2", server.clients.device.id, oauth.None());
const discoverAsApp = () => discover("oidc", server.clients.app.id, oauth.ClientSecretBasic(server.clients.app.secret));

/** With the aliases that ask for a certificate in place of the endpoints (RFC 8705 §5). */
async function discoverAsHolder(): Promise<DiscoveredServer> {
  const found = await discover("oauth2", server.clients.holder.id, oauth.TlsClientAuth(), server.fetchWithCertificate);
  return { ...found, as: { ...found.as, ...found.as.mtls_endpoint_aliases } };
}

async function clientCredentials(
  { as, client, authentication, options }: DiscoveredServer,
  scope: string,
): Promise<OAuth.TokenEndpointResponse> {
  const answer = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope }, options);
  return oauth.processClientCredentialsResponse(as, client, answer);
}

async function introspect({ as, client, authentication, options }: DiscoveredServer, token: string): Promise<OAuth.IntrospectionResponse> {
  return oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, authentication, token, options));
}

async function revoke({ as, client, authentication, options }: DiscoveredServer, token: string): Promise<void> {
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, token, options));
}

describe("oauth4webapi", () => {
  it("gets a token with private_key_jwt, introspects it and revokes it", async () => {
    const signer = await discoverAsSigner();
    const { access_token, expires_in } = await clientCredentials(signer, "read");
    expect(expires_in).toBe(600);
    expect(await introspect(signer, access_token)).toMatchObject({ active: true, scope: "read", client_id: server.clients.signer.id });
    await revoke(signer, access_token);
    expect(await introspect(signer, access_token)).toEqual({ active: false });
  });

  it("validates the access token of raidiam as one of RFC 9068", async () => {
    const signer = await discoverAsSigner();
    const { access_token } = await clientCredentials(signer, "read");
    const request = new Request("https://api.example.net/", { headers: { authorization: `Bearer ${access_token}` } });
    const claims = await oauth.validateJwtAccessToken(signer.as, request, server.issuer.origin, signer.options);
    expect(claims).toMatchObject({
      iss: server.issuer.origin,
      sub: server.clients.signer.id,
      client_id: server.clients.signer.id,
      scope: "read",
    });
  });

  it("gets a token with its certificate, which works with that certificate only", async () => {
    const holder = await discoverAsHolder();
    const { access_token } = await clientCredentials(holder, "write");
    const state = await introspect(holder, access_token);
    expect(state.cnf).toEqual((decode(access_token) as { cnf: unknown }).cnf);
    await revoke(holder, access_token);
    expect(await introspect(holder, access_token)).toEqual({ active: false });
  });

  describeWithVisitors((visitor) => {
    it("runs the device flow: pending, too fast, then the token", async () => {
      const { as, client, authentication, options } = await discoverAsDevice();
      const begun = await oauth.processDeviceAuthorizationResponse(
        as,
        client,
        await oauth.deviceAuthorizationRequest(as, client, authentication, { scope: "read" }, options),
      );
      const poll = async () => {
        const answer = await oauth.deviceCodeGrantRequest(as, client, authentication, begun.device_code, options);
        return oauth.processDeviceCodeResponse(as, client, answer);
      };
      await expect(poll()).rejects.toMatchObject({ error: "authorization_pending" });
      await expect(poll()).rejects.toMatchObject({ error: "slow_down" });
      await visitor().approve(server, begun.verification_uri_complete ?? "");
      const { access_token } = await poll();
      expect(decode(access_token)).toMatchObject({ sub: server.polymint.person.id });
      await expect(poll()).rejects.toMatchObject({ error: "invalid_grant" });
    });

    it("logs a person in with code and PKCE, reads userinfo, refreshes, introspects and revokes", async () => {
      const app = await discoverAsApp();
      const { as, client, authentication, options } = app;
      const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
      const url = new URL(as.authorization_endpoint ?? "");
      const asked = {
        client_id: client.client_id,
        redirect_uri: callback,
        response_type: "code",
        scope: "openid profile offline_access",
        state,
        nonce,
      };
      const pkce = { code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" };
      url.search = new URLSearchParams({ ...asked, ...pkce }).toString();

      // This checks `state` and `iss` (RFC 9207).
      const back = oauth.validateAuthResponse(as, client, await visitor().agree(server, url), state);
      const answer = await oauth.authorizationCodeGrantRequest(as, client, authentication, back, callback, verifier, options);
      const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, {
        expectedNonce: nonce,
        maxAge: 300,
        requireIdToken: true,
      });
      const sub = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? "";
      expect(sub).toBe(server.polymint.person.id);
      const info = await oauth.userInfoRequest(as, client, tokens.access_token, options);
      const claims = await oauth.processUserInfoResponse(as, client, sub, info);
      expect(claims).toMatchObject({ sub, first_name: server.polymint.person.firstName });
      const endpoint = new URL(as.userinfo_endpoint ?? "");
      const posted = await oauth.protectedResourceRequest(tokens.access_token, "POST", endpoint, undefined, undefined, options);
      expect(await posted.json()).toEqual(claims);

      const again = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token ?? "", options);
      const refreshed = await oauth.processRefreshTokenResponse(as, client, again);
      expect(await introspect(app, refreshed.access_token)).toMatchObject({ active: true, sub });
      await revoke(app, refreshed.refresh_token ?? "");
      expect(await introspect(app, refreshed.access_token)).toEqual({ active: false });
    });
  });
});
