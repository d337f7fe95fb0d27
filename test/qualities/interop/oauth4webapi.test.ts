import { decode } from "jsonwebtoken";
import type * as OAuth from "oauth4webapi" with { "resolution-mode": "import" };
import { throughThePages } from "./people";
import { callback, setStage, type Stage } from "./stage";

jest.setTimeout(60_000);

let oauth: typeof OAuth;
let stage: Stage;
beforeAll(async () => {
  oauth = await import("oauth4webapi");
  stage = await setStage();
});
afterAll(() => stage.close());

/** A client that knows the server from its metadata alone. */
interface Acquainted {
  as: OAuth.AuthorizationServer;
  client: OAuth.Client;
  authentication: OAuth.ClientAuth;
  options: { [OAuth.customFetch]: Stage["fetch"] };
}

async function acquainted(
  algorithm: "oidc" | "oauth2",
  clientId: string,
  authentication: OAuth.ClientAuth,
  fetchWith: Stage["fetch"] = stage.fetch,
): Promise<Acquainted> {
  const options = { [oauth.customFetch]: fetchWith };
  const answer = await oauth.discoveryRequest(stage.issuer, { algorithm, ...options });
  const as = await oauth.processDiscoveryResponse(stage.issuer, answer);
  return { as, client: { client_id: clientId }, authentication, options };
}

const asSigner = () => acquainted("oauth2", stage.cast.signer.id, oauth.PrivateKeyJwt({ key: stage.cast.signer.privateKey, kid: "k" }));
const asDevice = () => acquainted("oauth2", stage.cast.device.id, oauth.None());
const asApp = () => acquainted("oidc", stage.cast.app.id, oauth.ClientSecretBasic(stage.cast.app.secret));

/** Turned to the aliases that ask for a certificate (RFC 8705 §5). */
async function asHolder(): Promise<Acquainted> {
  const found = await acquainted("oauth2", stage.cast.holder.id, oauth.TlsClientAuth(), stage.fetchWithCertificate);
  return { ...found, as: { ...found.as, ...found.as.mtls_endpoint_aliases } };
}

async function clientCredentials({ as, client, authentication, options }: Acquainted, scope: string): Promise<OAuth.TokenEndpointResponse> {
  const answer = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope }, options);
  return oauth.processClientCredentialsResponse(as, client, answer);
}

async function introspected({ as, client, authentication, options }: Acquainted, token: string): Promise<OAuth.IntrospectionResponse> {
  return oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, authentication, token, options));
}

async function revoked({ as, client, authentication, options }: Acquainted, token: string): Promise<void> {
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, token, options));
}

describe("oauth4webapi", () => {
  it("gets a token with private_key_jwt, introspects it and revokes it", async () => {
    const signer = await asSigner();
    const { access_token, expires_in } = await clientCredentials(signer, "read");
    expect(expires_in).toBe(600);
    expect(await introspected(signer, access_token)).toMatchObject({ active: true, scope: "read", client_id: stage.cast.signer.id });
    await revoked(signer, access_token);
    expect(await introspected(signer, access_token)).toEqual({ active: false });
  });

  it("validates the access token of raidiam as one of RFC 9068", async () => {
    const signer = await asSigner();
    const { access_token } = await clientCredentials(signer, "read");
    const request = new Request("https://api.example.net/", { headers: { authorization: `Bearer ${access_token}` } });
    const claims = await oauth.validateJwtAccessToken(signer.as, request, stage.issuer.origin, signer.options);
    expect(claims).toMatchObject({ iss: stage.issuer.origin, sub: stage.cast.signer.id, client_id: stage.cast.signer.id, scope: "read" });
  });

  it("gets a token with its certificate, which works with that certificate only", async () => {
    const holder = await asHolder();
    const { access_token } = await clientCredentials(holder, "write");
    const state = await introspected(holder, access_token);
    expect(state.cnf).toEqual((decode(access_token) as { cnf: unknown }).cnf);
    await revoked(holder, access_token);
    expect(await introspected(holder, access_token)).toEqual({ active: false });
  });

  throughThePages((visitor) => {
    it("runs the device flow: pending, too fast, then the token", async () => {
      const { as, client, authentication, options } = await asDevice();
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
      await visitor().approve(stage, begun.verification_uri_complete ?? "");
      const { access_token } = await poll();
      expect(decode(access_token)).toMatchObject({ sub: stage.polymint.person.id });
      await expect(poll()).rejects.toMatchObject({ error: "invalid_grant" });
    });

    it("logs a person in with code and PKCE, reads userinfo, refreshes, introspects and revokes", async () => {
      const app = await asApp();
      const { as, client, authentication, options } = app;
      const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
      const url = new URL(as.authorization_endpoint ?? "");
      const asked = {
        client_id: client.client_id,
        redirect_uri: callback,
        response_type: "code",
        scope: "openid profile offline",
        state,
        nonce,
      };
      const pkce = { code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" };
      url.search = new URLSearchParams({ ...asked, ...pkce }).toString();

      // Checks `state` and, as RFC 9207 has it, `iss`.
      const back = oauth.validateAuthResponse(as, client, await visitor().agree(stage, url), state);
      const answer = await oauth.authorizationCodeGrantRequest(as, client, authentication, back, callback, verifier, options);
      const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, {
        expectedNonce: nonce,
        maxAge: 300,
        requireIdToken: true,
      });
      const sub = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? "";
      expect(sub).toBe(stage.polymint.person.id);
      const info = await oauth.userInfoRequest(as, client, tokens.access_token, options);
      expect(await oauth.processUserInfoResponse(as, client, sub, info)).toMatchObject({
        sub,
        first_name: stage.polymint.person.firstName,
      });

      const again = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token ?? "", options);
      const refreshed = await oauth.processRefreshTokenResponse(as, client, again);
      expect(await introspected(app, refreshed.access_token)).toMatchObject({ active: true, sub });
      await revoked(app, refreshed.refresh_token ?? "");
      expect(await introspected(app, refreshed.access_token)).toEqual({ active: false });
    });
  });
});
