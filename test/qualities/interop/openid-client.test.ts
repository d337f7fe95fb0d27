import { decode } from "jsonwebtoken";
import type * as Client from "openid-client" with { "resolution-mode": "import" };
import { startPolymint } from "../../../src/testkit";
import { makeBrowser } from "../../harness/browser";
import { makeOwnPerson } from "../../harness/own-person";
import { agreeIn, describeWithVisitors } from "./visitors";
import { makeFlow5, makeFlow6 } from "./code-flow";
import { registerClients, startInteropServer, type InteropServer } from "./interop-server";

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
  clientId: string,
  authentication: Client.ClientAuth,
  metadata: Partial<Client.ClientMetadata> = {},
  fetch = server.fetch,
): Promise<Client.Configuration> {
  return client.discovery(server.issuer, clientId, metadata, authentication, {
    algorithm: "oauth2",
    [client.customFetch]: fetch,
  });
}

const discoverAsSigner = () =>
  discover(server.clients.signer.id, client.PrivateKeyJwt({ key: server.clients.signer.privateKey, kid: "k" }));
const discoverAsHolder = () =>
  discover(server.clients.holder.id, client.TlsClientAuth(), { use_mtls_endpoint_aliases: true }, server.fetchWithCertificate);
const discoverAsDevice = () => discover(server.clients.device.id, client.None());

const flows = [
  ["openid-client 6", makeFlow6],
  ["openid-client 5", makeFlow5],
] as const;

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

  it("gets a token with an assertion that lives an hour and names its audience in a list", async () => {
    const { id, privateKey } = server.clients.signer;
    const modify = (_header: object, payload: Record<string, unknown>) => {
      payload.aud = [server.issuer.origin];
      payload.exp = Number(payload.iat) + 3600;
    };
    const config = await discover(id, client.PrivateKeyJwt({ key: privateKey, kid: "k" }, { [client.modifyAssertion]: modify }));
    expect(await client.clientCredentialsGrant(config, { scope: "read" })).toMatchObject({ scope: "read" });
  });

  it("discovers a server whose issuer has a path, and gets a token there", async () => {
    const issuer = new URL("https://id.example.net/auth");
    const polymint = await startPolymint({ issuer: issuer.href, startAt: Date.now() });
    try {
      const { signer } = await registerClients(polymint);
      const config = await client.discovery(issuer, signer.id, {}, client.PrivateKeyJwt({ key: signer.privateKey, kid: "k" }), {
        algorithm: "oauth2",
        // The reverse proxy in front of it: what lies below the issuer's path and the well-known document beside it.
        [client.customFetch]: (url, init) =>
          server.fetch(url.replace(issuer.origin, polymint.url).replace(/(?<=:\d+)\/auth(?=\/)/, ""), init),
      });
      expect(config.serverMetadata().issuer).toBe(issuer.href);
      expect(await client.clientCredentialsGrant(config, { scope: "read" })).toMatchObject({ scope: "read" });
    } finally {
      await polymint.stop();
    }
  });

  it("recognises the error for a scope that it may not have", async () => {
    const config = await discoverAsSigner();
    await expect(client.clientCredentialsGrant(config, { scope: "admin" })).rejects.toMatchObject({ error: "invalid_scope", status: 400 });
  });

  it.each(flows)(
    "renews a login without a page by id_token_hint, but not if another person is logged in, by %s",
    async (_library, makeFlow) => {
      const flow = await makeFlow(server);
      const [own, others] = [makeBrowser(server.polymint.url), makeBrowser(server.polymint.url)];
      const first = await flow.begin("openid");
      const { idToken } = await first.finish(await agreeIn(own, server, first.url));
      const hint = { prompt: "none", id_token_hint: idToken };

      const again = await flow.begin("openid", hint);
      expect((await again.finish(await agreeIn(own, server, again.url))).claims).toMatchObject({ sub: server.polymint.person.id });

      const byOther = await flow.begin("openid");
      await agreeIn(others, server, byOther.url, await makeOwnPerson(server.polymint));
      const asFirst = await flow.begin("openid", hint);
      const refusal: unknown = await asFirst.finish(await agreeIn(others, server, asFirst.url)).catch((error: unknown) => error);
      expect(flow.errorOf(refusal)).toBe("login_required");
    },
  );

  describeWithVisitors((visitor, startEarly) => {
    // The library waits five seconds before it asks for the first time.
    const runDeviceFlow = startEarly(async () => {
      const config = await discoverAsDevice();
      const begun = await client.initiateDeviceAuthorization(config, { scope: "read" });
      const [tokens] = await Promise.all([
        client.pollDeviceAuthorizationGrant(config, begun),
        visitor().approve(server, begun.verification_uri_complete ?? ""),
      ]);
      return { begun, tokens };
    });

    it("runs the device flow, polling while the person decides", async () => {
      const { begun, tokens } = await runDeviceFlow();
      expect(begun).toMatchObject({ expires_in: 600, interval: 5, user_code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/) as string });
      const { access_token, scope } = tokens;
      expect(scope).toBe("read");
      expect(decode(access_token)).toMatchObject({ sub: server.polymint.person.id, client_id: server.clients.device.id });
    });

    it.each(flows)(
      "logs a person in with code and PKCE, reads userinfo, refreshes, introspects and revokes, by %s",
      async (_library, makeFlow) => {
        const flow = await makeFlow(server);
        const { url, finish } = await flow.begin("openid email profile offline_access");
        const tokens = await finish(await visitor().agree(server, url));
        const { id, email, firstName } = server.polymint.person;
        expect(tokens.claims).toMatchObject({ sub: id, email, first_name: firstName, aud: server.clients.app.id });
        expect(decode(tokens.idToken, { complete: true })?.header.alg).toBe("RS256");
        const info = await flow.readUserInfo(tokens.accessToken, id);
        expect(info).toMatchObject({ sub: id, email });
        expect(await flow.postUserInfo(tokens.accessToken)).toEqual(info);

        const refreshed = await flow.refresh(tokens.refreshToken);
        expect(refreshed.refreshToken).not.toBe(tokens.refreshToken);
        const state = await flow.introspect(refreshed.accessToken);
        expect(state).toMatchObject({ active: true, sub: id, client_id: server.clients.app.id });
        await flow.revokeRefreshToken(refreshed.refreshToken);
        expect(await flow.introspect(refreshed.accessToken)).toEqual({ active: false });
        const refusal: unknown = await flow.refresh(refreshed.refreshToken).catch((error: unknown) => error);
        expect(flow.statusOf(refusal)).toBe(400);
      },
    );
  });
});
