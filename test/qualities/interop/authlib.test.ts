import { generateKeyPairSync } from "node:crypto";
import { decode } from "jsonwebtoken";
import { tokenPaths } from "../../harness/token-requests";
import { type InteropServer, startInteropServer } from "./interop-server";
import { prepareAuthlib } from "./programs/prepare";
import { describeProgram, logIn, withProgram } from "./programs/program";

jest.setTimeout(60_000);

describeProgram("Authlib", prepareAuthlib, (prepared) => {
  let server: InteropServer;
  beforeAll(async () => {
    server = await startInteropServer();
  });
  afterAll(() => server.close());

  it("logs a person in with code and PKCE, verifies the id_token, reads userinfo and refreshes", async () => {
    const { tokens, claims, userInfo, refreshed, userInfoAfterRefresh } = await logIn(prepared, server);
    const { id, email } = server.polymint.person;
    expect(decode(tokens?.id_token as string, { complete: true })?.header).toMatchObject({ alg: "RS256", typ: "JWT" });
    expect(claims).toMatchObject({ iss: server.issuer.origin, sub: id, aud: server.clients.app.id, email });
    expect(userInfo).toMatchObject({ sub: id, email });
    expect(refreshed?.refresh_token).not.toBe(tokens?.refresh_token);
    expect(userInfoAfterRefresh).toEqual(userInfo);
  });

  // Its validator does not look at `typ` (RFC 8725 §3.11). What it misses is the nonce, which only id_tokens have.
  it("refuses an access token in place of an id_token", async () => {
    const { tokens, accessTokenAsIdToken } = await logIn(prepared, server);
    expect(decode(tokens?.access_token as string, { complete: true })?.header.typ).toBe("at+jwt");
    expect(accessTokenAsIdToken).toEqual({ refusal: expect.stringContaining("nonce") as string });
  });

  it("gets a token with its client assertion, which lives an hour, and recognises the error for a wrong scope", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { client } = await server.polymint.register({
      contracts: ["raidiam"],
      authMethods: ["private_key_jwt"],
      assertionAlgorithms: ["RS256"],
      scopes: ["read"],
      jwks: [{ ...publicKey.export({ format: "jwk" }), kid: "authlib" }],
    });
    const settings = {
      clientId: client.id,
      privateKey: privateKey.export({ format: "pem", type: "pkcs8" }),
      tokenEndpoint: new URL(tokenPaths.raidiam, server.issuer).href,
      scope: "read",
      ca: server.ca,
    };
    const [tokens, refusal] = await withProgram(prepared, settings, async ({ answer }) => [await answer(), await answer()]);
    expect(tokens).toMatchObject({ token_type: "Bearer", scope: "read", expires_in: 600 });
    expect(refusal).toMatchObject({ error: "invalid_scope" });
  });
});
