import { AuthorizationCode, ClientCredentials } from "simple-oauth2";
import { startPolymint, type TestPolymint } from "../../../src/testkit";
import { authorize } from "../../harness/authorize";

const tokenPath = "/api/id/v1/auth/token";
const callback = "https://app.example.net/callback";

describe("simple-oauth2", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ startAt: Date.now() });
  });
  afterAll(() => polymint.stop());

  const auth = () => ({ tokenHost: polymint.url, tokenPath });

  it("gets a token from screening-eagle", async () => {
    const { clientId, secret } = polymint.clients["screening-eagle"];
    const { token } = await new ClientCredentials({ client: { id: clientId, secret }, auth: auth() }).getToken({ scope: "inspect email" });
    expect(token).toMatchObject({ token_type: "Bearer", scope: "inspect email", expires_in: 604_800 });
  });

  it("redeems a code and refreshes the tokens", async () => {
    const scopes = ["openid", "offline"];
    const { client, secret } = await polymint.register({ contracts: ["screening-eagle"], redirectUris: [callback], scopes });
    const app = new AuthorizationCode({ client: { id: client.id, secret: secret?.value ?? "" }, auth: auth() });
    const asked = { clientId: client.id, redirectUri: callback, scope: "openid offline" };
    const { code, codeVerifier } = await authorize(polymint, asked);
    const first = await app.getToken({ code, redirect_uri: callback, code_verifier: codeVerifier } as never);
    expect(first.expired()).toBe(false);
    const second = await first.refresh();
    expect(second.token.refresh_token).not.toBe(first.token.refresh_token);
  });
});
