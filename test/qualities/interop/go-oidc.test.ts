import { decode } from "jsonwebtoken";
import { type InteropServer, startInteropServer } from "./interop-server";
import { prepareGoOidc } from "./programs/prepare";
import { describeProgram, logIn } from "./programs/program";

jest.setTimeout(60_000);

describeProgram("go-oidc", prepareGoOidc, (prepared) => {
  let server: InteropServer;
  beforeAll(async () => {
    server = await startInteropServer();
  });
  afterAll(() => server.close());

  it("logs a person in with code and PKCE, verifies the id_token, reads userinfo by GET and POST, and refreshes", async () => {
    const { tokens, claims, userInfo, postedUserInfo, refreshed } = await logIn(prepared, server);
    const { id, email } = server.polymint.person;
    expect(decode(tokens?.id_token as string, { complete: true })?.header).toMatchObject({ alg: "RS256", typ: "JWT" });
    expect(claims).toMatchObject({ iss: server.issuer.origin, sub: id, aud: server.clients.app.id, email });
    expect(userInfo).toMatchObject({ sub: id, email });
    expect(postedUserInfo).toEqual(userInfo);
    expect(refreshed?.refresh_token).not.toBe(tokens?.refresh_token);
  });

  /**
   * `typ: at+jwt` tells every validator that the token is no id_token (RFC 8725 §3.11), but go-oidc 3.21 does not look at it. `iss`
   * and `aud` are those of an id_token, since the contract's document shows them so. The verifier refuses the algorithm if it has not
   * learned others than RS256 from the metadata. Otherwise its caller must compare the nonce, as its documentation says, and that fails.
   */
  it("refuses an access token in place of an id_token when it is used as documented", async () => {
    const { tokens, accessTokenAsIdToken } = await logIn(prepared, server);
    expect(decode(tokens?.access_token as string, { complete: true })?.header.typ).toBe("at+jwt");
    expect(accessTokenAsIdToken).toEqual({
      discovered: null,
      standalone: expect.stringContaining("signature algorithm") as string,
      asDocumented: "the nonce is another one",
    });
  });
});
