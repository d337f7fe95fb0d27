import { decode } from "jsonwebtoken";
import type { JsonWebKey } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { Registration } from "../../src/registration/registration";
import { thumbprintOf } from "../../src/x509/facts";
import { type TestCertificate, makeSelfSigned } from "../harness/certificates";
import { registerAssertionClient } from "../harness/assertion-client";
import { expectRaidiamResponse, startMtlsServer, expectRaidiamToken, type MtlsServer } from "../harness/mtls-server";

describe("self_signed_tls_client_auth", () => {
  let world: MtlsServer;
  let holder: TestCertificate;
  beforeAll(async () => {
    world = await startMtlsServer();
    holder = await makeSelfSigned({ subject: "CN=own" });
  });
  afterAll(() => world.stop());

  const clientOf = (keys: Pick<Registration, "jwks" | "jwksUri">) =>
    world.register({ authMethods: ["self_signed_tls_client_auth"], ...keys });
  const ask = (shown: TestCertificate | undefined, client_id: string, more: Record<string, string> = {}) =>
    world.connect(shown).post("/token", { client_id, ...more });
  const refused = async (shown: TestCertificate | undefined, clientId: string) =>
    expect(await expectRaidiamResponse(400, ask(shown, clientId))).toEqual({
      error: "invalid_client",
      error_description: "Client authentication failed.",
    });

  it.each<[string, (own: TestCertificate) => JsonWebKey]>([
    ["the registered certificate", (own) => own.certifiedJwk],
    ["a certificate of the registered key", (own) => own.jwk],
  ])("admits %s and binds the token to it", async (_what, key) => {
    const token = await expectRaidiamToken(ask(holder, await clientOf({ jwks: [key(holder)] })));
    expect(decode(token)).toMatchObject({ cnf: { "x5t#S256": thumbprintOf(holder.der) } });
  });

  it.each(["client_credentials", "tls_client_auth"])("admits the certificate with grant_type=%s", async (grant_type) => {
    await expectRaidiamToken(ask(holder, await clientOf({ jwks: [holder.certifiedJwk] }), { grant_type }));
  });

  it("admits any of several certificates, also one that a CA issued", async () => {
    const issued = await world.authority.issue({ subject: "CN=own" });
    const client = await clientOf({ jwks: [holder.certifiedJwk, issued.certifiedJwk] });
    await expectRaidiamToken(ask(holder, client));
    await expectRaidiamToken(ask(issued, client));
  });

  it("refuses another certificate, another key, none, and one that has expired", async () => {
    const client = await clientOf({ jwks: [holder.certifiedJwk] });
    await refused(await makeSelfSigned({ subject: "CN=own" }), client);
    await refused(await world.authority.issue({ subject: "CN=own" }), client);
    await refused(undefined, client);
    const expired = await makeSelfSigned({ subject: "CN=own", fromDays: -3, toDays: -1 });
    await refused(expired, await clientOf({ jwks: [expired.certifiedJwk] }));
    await refused(holder, await clientOf({ jwks: [expired.jwk] }));
  });

  it("does not accept a CA's certificate in place of the registered one, nor the reverse", async () => {
    const bySubject = await world.register({ tlsSubject: { kind: "subject_dn", value: "CN=own" } });
    await refused(holder, bySubject);
    await refused(await world.authority.issue({ subject: "CN=own" }), await clientOf({ jwks: [holder.certifiedJwk] }));
  });

  describe("a client with keys behind a jwks_uri", () => {
    let server: Server;
    let keys: JsonWebKey[] = [];
    let requests = 0;
    let uri = "";
    beforeAll(async () => {
      server = createServer((_request, response) => {
        requests += 1;
        response.end(JSON.stringify({ keys }));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      uri = `http://127.0.0.1:${(server.address() as { port: number }).port}/jwks`;
    });
    afterAll(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));

    it("finds the certificate in the key set, which is fetched once", async () => {
      keys = [{ kty: "EC", crv: "none" }, { kty: "x", x5c: "no list" }, { kty: "x", x5c: [7] }, holder.certifiedJwk];
      const client = await clientOf({ jwksUri: uri });
      await expectRaidiamToken(ask(holder, client));
      await expectRaidiamToken(ask(holder, client));
      expect(requests).toBe(1);
      await refused(await makeSelfSigned({ subject: "CN=own" }), client);
    });

    it("answers with 502, not as a wrong client, when the keys cannot be fetched", async () => {
      const client = await clientOf({ jwksUri: "http://127.0.0.1:1/jwks" });
      expect((await ask(holder, client)).status).toBe(502);
    });
  });

  it("refuses to register a JWK whose key is not the certificate's", async () => {
    const other = await makeSelfSigned({});
    for (const x5c of [[other.der.toString("base64")], ["x"], [], "x", [7]]) {
      await expect(clientOf({ jwks: [{ ...holder.jwk, x5c }] })).rejects.toThrow("RFC 7517 §4.7");
    }
    await expect(clientOf({})).rejects.toThrow("self_signed_tls_client_auth needs the client's public keys");
  });
});

describe("tokens bound to certificates", () => {
  let world: MtlsServer;
  beforeAll(async () => {
    world = await startMtlsServer();
  });
  afterAll(() => world.stop());

  it("are issued to a client with private_key_jwt that is registered for them, for any certificate it connects with", async () => {
    const client = await registerAssertionClient(world.polymint, { contracts: ["raidiam"], certificateBoundTokens: true });
    for (const holder of [await makeSelfSigned({}), await world.authority.issue({})]) {
      const token = await expectRaidiamToken(world.connect(holder).post("/token", client.proof()));
      expect(decode(token)).toMatchObject({ cnf: { "x5t#S256": thumbprintOf(holder.der) } });
    }
  });

  it("accept assertions for the issuer, the endpoint, or its mTLS alias as audience", async () => {
    const client = await registerAssertionClient(world.polymint, { contracts: ["raidiam"], certificateBoundTokens: true });
    const connection = world.connect(await makeSelfSigned({}));
    const { issuer, tlsUrl = "" } = world.polymint;
    for (const audience of [issuer, `${issuer}/token`, `${tlsUrl}/token`])
      await expectRaidiamToken(connection.post("/token", client.proof(audience)));
    for (const audience of [tlsUrl, `${tlsUrl}/oauth2/introspect`])
      expect(await expectRaidiamResponse(400, connection.post("/token", client.proof(audience)))).toMatchObject({
        error: "invalid_client",
      });
  });

  it("are refused without a certificate, and the assertion is not used up", async () => {
    const client = await registerAssertionClient(world.polymint, { contracts: ["raidiam"], certificateBoundTokens: true });
    const form = client.proof();
    expect(await expectRaidiamResponse(400, world.connect(undefined).post("/token", form))).toMatchObject({ error: "invalid_client" });
    await expectRaidiamToken(world.connect(await makeSelfSigned({})).post("/token", form));
  });

  it("are not issued to other clients with private_key_jwt, with a certificate or without", async () => {
    const client = await registerAssertionClient(world.polymint, { contracts: ["raidiam"] });
    for (const holder of [await world.authority.issue({}), undefined]) {
      expect(decode(await expectRaidiamToken(world.connect(holder).post("/token", client.proof())))).not.toHaveProperty("cnf");
    }
  });

  it("cannot be registered for where no contract binds tokens", async () => {
    const { register } = world.polymint;
    await expect(register({ contracts: ["abbeycross"], certificateBoundTokens: true })).rejects.toThrow(
      "none of its contracts binds tokens",
    );
    await expect(register({ contracts: [], services: ["introspection"], certificateBoundTokens: true })).rejects.toThrow(
      "none of its contracts",
    );
  });
});
