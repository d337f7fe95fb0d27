import { generateKeyPairSync } from "node:crypto";
import type { Registration } from "../../src/registration/registration";
import { startMtlsServer, type MtlsServer } from "../harness/mtls-server";

describe("the registration of a certificate", () => {
  let world: MtlsServer;
  beforeAll(async () => {
    world = await startMtlsServer();
  });
  afterAll(() => world.stop());

  it.each<[NonNullable<Registration["tlsSubject"]>["kind"], readonly string[], readonly string[]]>([
    [
      "subject_dn",
      ["CN=a", "cn = a , o = b", "1.2.3.4=#0c0161", "CN=a\\, b+OU=\\#x", "CN=\\C3\\A4", "DC=example,DC=com", "CN=a=b"],
      [
        "",
        "acme",
        "CN=",
        "=a",
        "CN=a,",
        "CN=a,,O=b",
        "XX=a",
        "CN=a;O=b",
        'CN="a"',
        "CN=a\\",
        "CN=#zz",
        "CN=#",
        "CN=#0c02",
        "CN=\\FF",
        "CN=a\0",
      ],
    ],
    ["san_dns", ["acme.example", "localhost", "_x.acme.example"], ["", "*.acme.example", "a b", "a..b", "-a.example", "acme.example."]],
    ["san_uri", ["https://acme.example/a", "urn:acme:1"], ["", "acme", "/a", "https://acme.example/ä"]],
    ["san_ip", ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"], ["", "192.0.2", "192.0.2.0/24", "fe80::1%eth0", "acme.example"]],
    ["san_email", ["ops@acme.example"], ["", "acme.example", "a b@acme.example", "ops@", "@acme.example"]],
  ])("by %s accepts well-formed values and refuses others", async (kind, good, bad) => {
    for (const value of good) await world.register({ tlsSubject: { kind, value } });
    for (const value of [...bad, "x".repeat(2001)]) {
      await expect(world.register({ tlsSubject: { kind, value } })).rejects.toMatchObject({ name: "RegistrationError" });
    }
  });

  it("requires tls_client_auth, and no other method by certificate", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwks = [publicKey.export({ format: "jwk" })];
    const tlsSubject = { kind: "subject_dn", value: "CN=a" } as const;
    await expect(world.register({ authMethods: ["tls_client_auth"] })).rejects.toThrow("tls_client_auth needs the one thing");
    await expect(world.register({ authMethods: ["private_key_jwt"], jwks, tlsSubject })).rejects.toThrow(
      "of use only with tls_client_auth",
    );
    await expect(world.register({ tlsSubject, jwks })).rejects.toThrow("keys are of use only with");
    const both = ["tls_client_auth", "self_signed_tls_client_auth"] as const;
    await expect(world.register({ authMethods: both, tlsSubject, jwks })).rejects.toThrow("not by both");
    await world.register({ authMethods: ["private_key_jwt", "tls_client_auth"], jwks, tlsSubject });
  });
});
