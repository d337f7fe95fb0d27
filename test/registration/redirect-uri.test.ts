import { isRedirectUri } from "../../src/registration/redirect-uri";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { rejectionOf } from "../harness/own-database";

describe("a redirect URI", () => {
  it.each([
    "https://app.example.net",
    "https://app.example.net/callback?from=polymint&x=%20",
    "https://app.example.net:8443/a/b;c",
    "HTTPS://APP.EXAMPLE.NET/cb",
    "https://xn--bcher-kva.example/cb",
    "http://localhost:3000/cb",
    "http://127.0.0.1/cb",
    "http://[::1]:8080/cb",
    "com.example.app:/oauth2redirect",
    "com.example.app://callback",
    `https://app.example.net/${"a".repeat(2000 - 24)}`,
  ])("may be registered: %s", (uri) => {
    expect(isRedirectUri(uri)).toBe(true);
  });

  it.each([
    "",
    "/callback",
    "app.example.net/callback",
    "//app.example.net/callback",
    "https://",
    "https:///callback",
    "https:app.example.net/callback",
    "https:\\\\app.example.net",
    "https://app.example.net/cb#",
    "https://app.example.net/cb#fragment",
    "http://app.example.net/cb",
    "http://localhost.example.net/cb",
    "http://localhost@app.example.net/cb",
    "http:localhost/cb",
    "ftp://app.example.net",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "myapp:/callback",
    "urn:ietf:wg:oauth:2.0:oob",
    " https://app.example.net",
    "https://app.example.net/a b",
    "https://app.example.net/\n",
    "https://app.example.net/\0",
    "https://app.example.net/\u00fc",
    "https://app.example.net:99999/",
    `https://app.example.net/${"a".repeat(2001 - 24)}`,
  ])("may not be registered: %j", (uri) => {
    expect(isRedirectUri(uri)).toBe(false);
  });
});

describe("a registration with redirect URIs", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  const contracts = ["screening-eagle"];
  const redirectUris = ["https://app.example.net/a", "https://app.example.net/b"];

  it("stores them unchanged, and includes the grants that need one", async () => {
    const uris = [...redirectUris, "HTTPS://APP.example.net/../a/?"];
    const { client } = await polymint.register({ contracts, redirectUris: uris });
    expect(client.redirectUris).toEqual(uris);
    expect([...client.grants].sort()).toEqual(["authorization_code", "client_credentials", "refresh_token"]);
    expect((await polymint.register({ contracts })).client.grants).toEqual(["client_credentials"]);
  });

  it.each<[string, object, RegExp]>([
    ["a malformed redirect URI", { redirectUris: ["https://app.example.net/a", "http://app.example.net"] }, /^a redirect URI is absolute/],
    ["the grant authorization_code and no redirect URI", { grants: ["authorization_code"] }, /needs a redirect URI$/],
    ["an empty list", { grants: ["authorization_code"], redirectUris: [] }, /needs a redirect URI$/],
    [
      "redirect URIs and no grant that uses them",
      { grants: ["client_credentials"], redirectUris },
      /of use only with the grant authorization_code$/,
    ],
    ["the grant refresh_token alone", { grants: ["client_credentials", "refresh_token"] }, /^the grant refresh_token needs/],
  ])("is refused with %s", async (_what, registration, fault) => {
    expect(await rejectionOf(polymint.register({ contracts, ...registration }))).toMatchObject({
      name: "RegistrationError",
      faults: [expect.stringMatching(fault) as string],
    });
  });
});
