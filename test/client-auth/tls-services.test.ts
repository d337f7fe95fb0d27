import type { Response } from "supertest";
import { type TestCertificate, makeSelfSigned } from "../harness/certificates";
import { mustConform } from "../harness/conformance";
import { tokenOf } from "../harness/bearer-tokens";
import { registerDevice } from "../harness/device-client";
import { startMtlsServer, expectRaidiamToken, type MtlsServer } from "../harness/mtls-server";

describe("a certificate at introspection and revocation", () => {
  let world: MtlsServer;
  beforeAll(async () => {
    world = await startMtlsServer();
  });
  afterAll(() => world.stop());

  const services = ["introspection", "revocation"] as const;
  const tlsSubject = { kind: "subject_dn", value: "CN=asker" } as const;
  async function ask(path: string, holder: TestCertificate | undefined, form: Record<string, string>): Promise<Response> {
    const response = await world.connect(holder).post(path, form);
    mustConform(response, "oauth2", path);
    return response;
  }

  it("authenticates a client that is registered for them, by its subject or as a self-signed certificate", async () => {
    const { client: bySubject } = await world.polymint.register({ contracts: [], services, tlsSubject });
    const own = await makeSelfSigned({});
    const authMethods = ["self_signed_tls_client_auth"] as const;
    const { client: byItself } = await world.polymint.register({ contracts: [], services, authMethods, jwks: [own.jwk] });
    const token = await tokenOf(world.polymint, "abbeycross");
    const issued = await world.authority.issue({ subject: "CN=asker" });
    for (const [client_id, holder] of [[bySubject.id, issued] as const, [byItself.id, own] as const]) {
      const { text } = await ask("/oauth2/introspect", holder, { token, client_id });
      expect(JSON.parse(text)).toMatchObject({ active: true });
    }
  });

  it("lets a client revoke its own token, and no other", async () => {
    const { client } = await world.polymint.register({ contracts: ["raidiam"], services, tlsSubject });
    const holder = await world.authority.issue({ subject: "CN=asker" });
    const client_id = client.id;
    const token = await expectRaidiamToken(world.connect(holder).post("/token", { client_id }));
    const introspect = async () => (await ask("/oauth2/introspect", holder, { token, client_id })).body as unknown;
    expect((await ask("/oauth2/revoke", await makeSelfSigned({ subject: "CN=asker" }), { token, client_id })).status).toBe(401);
    expect(await introspect()).toMatchObject({ active: true });
    expect((await ask("/oauth2/revoke", holder, { token, client_id })).status).toBe(200);
    expect(await introspect()).toEqual({ active: false });
    const foreign = await tokenOf(world.polymint, "abbeycross");
    expect((await ask("/oauth2/revoke", holder, { token: foreign, client_id })).status).toBe(403);
  });

  it("requires a client id, and is ignored beside another credential", async () => {
    const holder = await world.authority.issue({ subject: "CN=asker" });
    const { status, text } = await ask("/oauth2/introspect", holder, { token: "x" });
    expect([status, JSON.parse(text)]).toEqual([
      400,
      { error: "invalid_request", error_description: expect.stringContaining("client_id") as string },
    ]);
    const { client, secret } = await world.polymint.register({ contracts: [], services, authMethods: ["client_secret_post"] });
    const form = { token: "x", client_id: client.id, client_secret: secret?.value ?? "" };
    expect((await ask("/oauth2/introspect", holder, form)).body).toEqual({ active: false });
  });

  it("does not keep a public client from getting codes and revoking a token", async () => {
    const client_id = await registerDevice(world.polymint, { scopes: ["alpha"] });
    for (const holder of [await makeSelfSigned({}), undefined]) {
      const connection = world.connect(holder);
      const codes = await connection.post("/device_authorization", { client_id, scope: "alpha" });
      expect([codes.status, codes.headers.pragma]).toEqual([200, "no-cache"]);
      expect((await ask("/oauth2/revoke", holder, { token: "unknown", client_id })).status).toBe(200);
      expect((await ask("/oauth2/introspect", holder, { token: "unknown", client_id })).status).toBe(401);
    }
  });

  it("authenticates no client that is registered otherwise, and none without a certificate", async () => {
    const { client } = await world.polymint.register({ contracts: [], services, tlsSubject });
    const other = await world.polymint.register({ contracts: [], services });
    const holder = await world.authority.issue({ subject: "CN=asker" });
    for (const [shown, client_id] of [
      [undefined, client.id],
      [await makeSelfSigned({ subject: "CN=asker" }), client.id],
      [holder, other.client.id],
      [holder, "nobody"],
    ] as const) {
      const { status, text } = await ask("/oauth2/introspect", shown, { token: "x", client_id });
      expect([status, JSON.parse(text)]).toEqual([401, { error: "invalid_client", error_description: "Client authentication failed." }]);
    }
  });
});
