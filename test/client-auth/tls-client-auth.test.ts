import { decode } from "jsonwebtoken";
import { createHash } from "node:crypto";
import type { TlsSubject } from "../../src/engine/client";
import {
  type Authority,
  type TestCertificate,
  makeAuthority,
  makeSelfSigned,
  serverAuth,
  type CertificateOptions,
} from "../harness/certificates";
import { basic } from "../harness/bearer-tokens";
import { expectRaidiamResponse, startMtlsServer, expectRaidiamToken, type MtlsServer } from "../harness/mtls-server";

const dn = "CN=acme,O=Acme Ltd,C=GB";
const subject = "C=GB, O=Acme Ltd, CN=acme";
const thumbprint = ({ der }: TestCertificate) => createHash("sha256").update(der).digest("base64url");

describe("tls_client_auth", () => {
  let world: MtlsServer;
  let intermediate: Authority;
  beforeAll(async () => {
    const root = await makeAuthority("CN=Root");
    intermediate = await root.below("CN=Intermediate");
    world = await startMtlsServer({}, [intermediate]);
  });
  afterAll(() => world.stop());

  const holderOf = (wanted: CertificateOptions = {}): Promise<TestCertificate> => world.authority.issue({ subject, ...wanted });
  const clientOf = (tlsSubject: TlsSubject = { kind: "subject_dn", value: dn }) => world.register({ tlsSubject });
  const ask = (holder: TestCertificate | undefined, client_id: string, more: Record<string, string> = {}) =>
    world.connect(holder).post("/token", { client_id, ...more });

  it.each(["client_credentials", "tls_client_auth", ""])("admits a client by its subject, with grant_type=%s", async (grant_type) => {
    await expectRaidiamToken(ask(await holderOf(), await clientOf(), { grant_type }));
  });

  it("binds the token to the certificate, and introspection shows the binding", async () => {
    const holder = await holderOf();
    const token = await expectRaidiamToken(ask(holder, await clientOf()));
    expect(decode(token)).toMatchObject({ cnf: { "x5t#S256": thumbprint(holder) } });
    const { client, secret } = await world.polymint.register({ contracts: [], services: ["introspection"] });
    const authorization = basic(client.id, secret?.value ?? "");
    const { text } = await world.connect(undefined).post("/oauth2/introspect", { token }, { authorization });
    expect(JSON.parse(text)).toMatchObject({ active: true, cnf: { "x5t#S256": thumbprint(holder) } });
  });

  it.each<[string, string, string]>([
    ["in other letters and with more blanks", "cn=ACME, o=acme   ltd ,C=gb", subject],
    ["with types by number", "2.5.4.3=acme,2.5.4.10=Acme Ltd,2.5.4.6=GB", subject],
    ["with escaped characters", "CN=a\\2cb\\+c,O=\\C3\\84cme,C=GB", 'C=GB, O=Äcme, CN="a,b+c"'],
    ["with several attributes in one part, in another order", "OU=y+CN=x,O=Acme Ltd", "O=Acme Ltd, CN=x+OU=y"],
  ])("compares subjects as names: %s", async (_what, value, presented) => {
    await expectRaidiamToken(ask(await holderOf({ subject: presented }), await clientOf({ kind: "subject_dn", value })));
  });

  it.each<[TlsSubject["kind"], string, CertificateOptions["san"]]>([
    ["san_dns", "API.acme.example", [{ type: "dns", value: "api.Acme.example" }]],
    ["san_uri", "https://acme.example/App", [{ type: "url", value: "https://acme.example/App" }]],
    ["san_ip", "192.0.2.7", [{ type: "ip", value: "192.0.2.7" }]],
    ["san_ip", "2001:DB8:0:0::0:7", [{ type: "ip", value: "2001:db8::7" }]],
    ["san_email", "Ops@ACME.example", [{ type: "email", value: "Ops@acme.example" }]],
    [
      "san_dns",
      "b.example",
      [
        { type: "dns", value: "a.example" },
        { type: "dns", value: "b.example" },
      ],
    ],
  ])("admits a client by its %s %s", async (kind, value, san = []) => {
    await expectRaidiamToken(ask(await holderOf({ san }), await clientOf({ kind, value })));
  });

  it("admits a certificate without extended key usage, and one of an intermediate CA that is in the bundle", async () => {
    await expectRaidiamToken(ask(await holderOf({ usages: [] }), await clientOf()));
    await expectRaidiamToken(ask(await intermediate.issue({ subject }), await clientOf()));
  });

  describe("the one refusal of tls_client_auth", () => {
    const refusal = { error: "invalid_client" };
    let description: unknown;
    async function refused(holder: TestCertificate | undefined, clientId: string, more: Record<string, string> = {}): Promise<void> {
      const body = await expectRaidiamResponse(400, ask(holder, clientId, more));
      expect(body).toMatchObject(refusal);
      description ??= body.error_description;
      expect(body.error_description).toBe(description);
    }

    it("answers an unknown client", async () => refused(await holderOf(), "nobody"));
    it("answers a request without a certificate", async () => refused(undefined, await clientOf()));
    it("answers a request without a certificate and with grant_type=tls_client_auth", async () =>
      refused(undefined, await clientOf(), { grant_type: "tls_client_auth" }));
    it("answers another client's certificate", async () =>
      refused(await holderOf({ subject: "C=GB, O=Acme Ltd, CN=other" }), await clientOf()));
    it("answers the same subject from another CA", async () => {
      const other = await makeAuthority("C=GB, O=Directory, CN=Other CA");
      await refused(await other.issue({ subject }), await clientOf());
    });
    it("answers the same subject from a CA that only has the right name", async () => {
      const impostor = await makeAuthority("C=GB, O=Directory, CN=Client CA");
      await refused(await impostor.issue({ subject }), await clientOf());
    });
    it("answers the same subject, self-signed", async () => refused(await makeSelfSigned({ subject }), await clientOf()));
    it("answers a certificate that has expired", async () => refused(await holderOf({ fromDays: -3, toDays: -1 }), await clientOf()));
    it("answers a certificate that is not valid yet", async () => refused(await holderOf({ fromDays: 1, toDays: 3 }), await clientOf()));
    it("answers a server certificate", async () => refused(await holderOf({ usages: [serverAuth] }), await clientOf()));
    it.each([
      ["lacks a part", "O=Acme Ltd, CN=acme"],
      ["has another part", "C=GB, O=Acme Ltd, OU=x, CN=acme"],
      ["has another part at the end", "C=GB, O=Acme Ltd, CN=acme, OU=x"],
      ["has the parts in reverse order", "CN=acme, O=Acme Ltd, C=GB"],
      ["begins with the registered one", "C=GB, O=Acme Ltd, CN=acme2"],
      ["ends with the registered one", "C=GB, O=Acme Ltd, CN=my acme"],
      ["has the whole name in one value", 'CN="acme,O=Acme Ltd,C=GB"'],
      ["has all attributes in one part", "C=GB+O=Acme Ltd+CN=acme"],
      ["has a value under another type", "C=GB, OU=Acme Ltd, CN=acme"],
    ])("answers a subject that %s", async (_what, presented) => refused(await holderOf({ subject: presented }), await clientOf()));
    it.each<[TlsSubject["kind"], string, CertificateOptions]>([
      ["san_dns", "a.acme.example", { san: [{ type: "dns", value: "*.acme.example" }] }],
      ["san_dns", "acme.example", { san: [{ type: "dns", value: "a.acme.example" }] }],
      ["san_dns", "acme.example", { subject: "CN=acme.example" }],
      ["san_dns", "acme.example", { san: [{ type: "url", value: "acme.example" }] }],
      ["san_uri", "https://acme.example/App", { san: [{ type: "url", value: "https://acme.example/app" }] }],
      ["san_ip", "192.0.2.7", { san: [{ type: "ip", value: "192.0.2.70" }] }],
      ["san_ip", "192.0.2.7", { san: [{ type: "dns", value: "192.0.2.7" }] }],
      ["san_email", "ops@acme.example", { san: [{ type: "email", value: "OPS@acme.example" }] }],
    ])("answers a certificate without the registered %s %s", async (kind, value, wanted) =>
      refused(await holderOf(wanted), await clientOf({ kind, value })),
    );
    it("answers a client that is not registered for the method", async () => {
      await refused(await holderOf(), world.polymint.clients.raidiam.clientId);
    });
    it("answers a client of another contract", async () => {
      const { client } = await world.polymint.register({
        contracts: [],
        services: ["introspection"],
        tlsSubject: { kind: "subject_dn", value: dn },
      });
      await refused(await holderOf(), client.id);
    });
    it("answers a certificate that has expired by the server's clock since the connection was opened", async () => {
      const client_id = await clientOf();
      const connection = world.connect(await holderOf());
      await expectRaidiamToken(connection.post("/token", { client_id }));
      world.polymint.clock.advance(86_460);
      expect(await expectRaidiamResponse(400, connection.post("/token", { client_id }))).toMatchObject(refusal);
      world.polymint.clock.advance(-86_460);
      await expectRaidiamToken(connection.post("/token", { client_id }));
    });
  });

  it("reveals that a client is disabled only if its certificate is right", async () => {
    const id = await clientOf();
    await world.polymint.database.build((knex) => knex("clients").where({ id }).update({ status: "disabled" }));
    await expectRaidiamResponse(400, ask(await holderOf({ subject: "CN=other" }), id));
    expect(world.polymint.logs.at(-1)).toMatchObject({ outcome: "invalid_client" });
    await expectRaidiamResponse(400, ask(await holderOf(), id));
    expect(world.polymint.logs.at(-1)).toMatchObject({ outcome: "client_disabled" });
  });

  it("requires a client id", async () => {
    const body = await expectRaidiamResponse(400, world.connect(await holderOf()).post("/token", { grant_type: "tls_client_auth" }));
    expect(body).toMatchObject({ error: "invalid_request", error_description: expect.stringContaining("client_id") as string });
  });

  it("is refused beside an assertion", async () => {
    const { raidiam } = world.polymint.clients;
    const form = {
      grant_type: "tls_client_auth",
      client_id: raidiam.clientId,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: raidiam.assertion(world.polymint.issuer),
    };
    expect(await expectRaidiamResponse(400, world.connect(await holderOf()).post("/token", form))).toMatchObject({
      error: "invalid_request",
    });
  });

  it("logs the reason of a refusal", async () => {
    const id = await clientOf();
    await expectRaidiamResponse(400, ask(await holderOf({ subject: "CN=somebody else" }), id));
    expect(world.polymint.logs.at(-1)).toMatchObject({
      detail: `the certificate of CN=somebody else does not have the subject_dn of client ${id}`,
    });
  });
});
