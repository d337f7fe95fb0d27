import { decode } from "jsonwebtoken";
import type * as Client from "openid-client" with { "resolution-mode": "import" };
import { describeWithVisitors } from "./visitors";
import { callback, startInteropServer, type InteropServer } from "./interop-server";

jest.setTimeout(60_000);

let client: typeof Client;
let server: InteropServer;
beforeAll(async () => {
  client = await import("openid-client");
  server = await startInteropServer();
});
afterAll(() => server.close());

/** Discovers the server from its issuer. */
function discover(
  algorithm: "oidc" | "oauth2",
  clientId: string,
  authentication: Client.ClientAuth,
  metadata: Partial<Client.ClientMetadata> = {},
  fetch = server.fetch,
): Promise<Client.Configuration> {
  return client.discovery(server.issuer, clientId, metadata, authentication, {
    algorithm,
    [client.customFetch]: fetch,
  });
}

const discoverAsSigner = () =>
  discover("oauth2", server.clients.signer.id, client.PrivateKeyJwt({ key: server.clients.signer.privateKey, kid: "k" }));
const discoverAsHolder = () =>
  discover("oauth2", server.clients.holder.id, client.TlsClientAuth(), { use_mtls_endpoint_aliases: true }, server.fetchWithCertificate);
const discoverAsDevice = () => discover("oauth2", server.clients.device.id, client.None());
const discoverAsApp = () => discover("oidc", server.clients.app.id, client.ClientSecretBasic(server.clients.app.secret));

describe("openid-client", () => {
  it("gets a token with private_key_jwt, introspects it and revokes it", async () => {
    const config = await discoverAsSigner();
    const { access_token, token_type, scope, expires_in } = await client.clientCredentialsGrant(config, { scope: "read" });
    expect({ token_type, scope, expires_in }).toEqual({ token_type: "bearer", scope: "read", expires_in: 600 });
    const { sub, client_id } = await client.tokenIntrospection(config, access_token);
    expect({ sub, client_id }).toEqual({ sub: server.clients.signer.id, client_id: server.clients.signer.id });
    await client.tokenRevocation(config, access_token);
    expect(await client.tokenIntrospection(config, access_token)).toEqual({ active: false });
  });

  it("gets a token that is bound to its certificate, at the aliases of the metadata", async () => {
    const config = await discoverAsHolder();
    const { access_token } = await client.clientCredentialsGrant(config, { scope: "read write" });
    const state = await client.tokenIntrospection(config, access_token);
    expect(state).toMatchObject({ active: true, client_id: server.clients.holder.id, scope: "read write" });
    expect(state.cnf).toEqual({ "x5t#S256": expect.stringMatching(/^[\w-]{43}$/) as string });
    await client.tokenRevocation(config, access_token);
    expect(await client.tokenIntrospection(config, access_token)).toEqual({ active: false });
  });

  it("recognises the error for a scope that it may not have", async () => {
    const config = await discoverAsSigner();
    await expect(client.clientCredentialsGrant(config, { scope: "admin" })).rejects.toMatchObject({ error: "invalid_scope", status: 400 });
  });

  describeWithVisitors((visitor) => {
    it("runs the device flow, polling while the person decides", async () => {
      const config = await discoverAsDevice();
      const begun = await client.initiateDeviceAuthorization(config, { scope: "read" });
      expect(begun).toMatchObject({ expires_in: 600, interval: 5, user_code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/) as string });
      const [{ access_token, scope }] = await Promise.all([
        client.pollDeviceAuthorizationGrant(config, begun),
        visitor().approve(server, begun.verification_uri_complete ?? ""),
      ]);
      expect(scope).toBe("read");
      expect(decode(access_token)).toMatchObject({ sub: server.polymint.person.id, client_id: server.clients.device.id });
    });

    it("logs a person in with code and PKCE, reads userinfo, refreshes, introspects and revokes", async () => {
      const config = await discoverAsApp();
      const checks = {
        pkceCodeVerifier: client.randomPKCECodeVerifier(),
        expectedState: client.randomState(),
        expectedNonce: client.randomNonce(),
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: "openid email profile offline",
        state: checks.expectedState,
        nonce: checks.expectedNonce,
        code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
        code_challenge_method: "S256",
      });
      const back = await visitor().agree(server, url);
      const tokens = await client.authorizationCodeGrant(config, back, { ...checks, maxAge: 300, idTokenExpected: true });
      const { id, email, firstName } = server.polymint.person;
      expect(tokens.claims()).toMatchObject({ sub: id, email, first_name: firstName, aud: server.clients.app.id });
      expect(await client.fetchUserInfo(config, tokens.access_token, id)).toMatchObject({ sub: id, email });

      const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
      expect(refreshed.refresh_token).not.toBe(tokens.refresh_token);
      const state = await client.tokenIntrospection(config, refreshed.access_token);
      expect(state).toMatchObject({ active: true, sub: id, client_id: server.clients.app.id });
      await client.tokenRevocation(config, refreshed.refresh_token ?? "", { token_type_hint: "refresh_token" });
      expect(await client.tokenIntrospection(config, refreshed.access_token)).toEqual({ active: false });
      await expect(client.refreshTokenGrant(config, refreshed.refresh_token ?? "")).rejects.toMatchObject({ status: 400 });
    });
  });
});
