import { decode } from "jsonwebtoken";
import type { Response } from "supertest";
import { thumbprintOf } from "../../src/x509/facts";
import { startPolymint } from "../../src/testkit";
import { type TestCertificate, makeAuthority, makeSelfSigned, serverAuth, unknownCriticalExtension } from "../harness/certificates";
import { postBytes } from "../harness/post-bytes";
import { sendRaw } from "../../src/contract-suite/raw-http";
import { expectRaidiamResponse, startMtlsServer, expectRaidiamToken, type MtlsServer } from "../harness/mtls-server";

const subject = "C=GB, CN=acme";
const tlsSubject = { kind: "subject_dn", value: "CN=acme,C=GB" } as const;
const form = { "content-type": "application/x-www-form-urlencoded" };

/** RFC 9440 §2.1. */
const standard = ({ der }: Pick<TestCertificate, "der">) => ({ "client-cert": `:${der.toString("base64")}:` });
/** As nginx's `$ssl_client_escaped_cert`. */
const escaped = ({ cert }: Pick<TestCertificate, "cert">) => ({ "x-ssl-client-cert": encodeURIComponent(cert) });
const withBlanks = ({ cert }: Pick<TestCertificate, "cert">) => ({ "x-ssl-client-cert": cert.trim().replaceAll(/\r?\n/g, " ") });
const withTabs = ({ cert }: Pick<TestCertificate, "cert">) => ({ "x-ssl-client-cert": cert.trim().replaceAll(/\r?\n/g, "\t") });

const trustedProxies = ["192.0.2.1", "127.0.0.0/8"];

describe("a certificate that a listed proxy forwards", () => {
  /** Its proxy sends Client-Cert. */
  let world: MtlsServer;
  /** Its proxy sends x-ssl-client-cert. */
  let pemWorld: MtlsServer;
  let holder: TestCertificate;
  let clientId: string;
  beforeAll(async () => {
    world = await startMtlsServer({ trustedProxies, clientCertHeader: "client-cert" });
    clientId = await world.register({ tlsSubject });
    holder = await world.authority.issue({ subject });
    pemWorld = await startMtlsServer({ trustedProxies, clientCertHeader: "x-ssl-client-cert" }, [world.authority]);
    await pemWorld.register({ tlsSubject, id: clientId });
  });
  afterAll(() => Promise.all([world.stop(), pemWorld.stop()]));

  const chooseWorld = (headers: Record<string, string>): MtlsServer => ("x-ssl-client-cert" in headers ? pemWorld : world);
  const ask = (headers: Record<string, string>, client_id = clientId, { polymint } = chooseWorld(headers)): Promise<Response> =>
    postBytes(`${polymint.url}/token`, new URLSearchParams({ client_id }).toString(), { ...form, ...headers }).then((response) =>
      Object.assign(response, { body: JSON.parse(response.text) as unknown }),
    );
  const refused = async (headers: Record<string, string>, id = clientId) =>
    expect(await expectRaidiamResponse(400, ask(headers, id))).toMatchObject({ error: "invalid_client" });
  const refusedAsMalformed = async (headers: Record<string, string>) =>
    expect(await expectRaidiamResponse(400, ask(headers))).toMatchObject({ error: "invalid_request" });

  it.each([
    ["Client-Cert", standard],
    ["x-ssl-client-cert, percent-encoded", escaped],
    ["x-ssl-client-cert, with blanks for line ends", withBlanks],
    ["x-ssl-client-cert, with tabs for line ends", withTabs],
  ])("authenticates the client and binds the token, in %s", async (_what, headers) => {
    const token = await expectRaidiamToken(ask(headers(holder)));
    expect(decode(token)).toMatchObject({ cnf: { "x5t#S256": thumbprintOf(holder.der) } });
  });

  it("is accepted whatever stands in a header of another name, which the proxy may pass on from its client", async () => {
    const other = await world.authority.issue({ subject: "CN=other" });
    for (const passedOn of ["", "(null)", "nonsense", escaped(other)["x-ssl-client-cert"]]) {
      await expectRaidiamToken(ask({ ...standard(holder), "x-ssl-client-cert": passedOn }, clientId, world));
    }
    for (const passedOn of ["", "nonsense", standard(other)["client-cert"]]) {
      await expectRaidiamToken(ask({ ...escaped(holder), "client-cert": passedOn }, clientId, pemWorld));
    }
  });

  it("does not count in a header of another name", async () => {
    expect(await expectRaidiamResponse(400, ask(escaped(holder), clientId, world))).toMatchObject({ error: "invalid_client" });
    expect(await expectRaidiamResponse(400, ask(standard(holder), clientId, pemWorld))).toMatchObject({ error: "invalid_client" });
    const forged = { ...escaped(holder), ...standard(await world.authority.issue({ subject: "CN=other" })) };
    expect(await expectRaidiamResponse(400, ask(forged, clientId, world))).toMatchObject({ error: "invalid_client" });
  });

  it("reads as empty if the proxy sends an empty header or (null)", async () => {
    await refused({ "x-ssl-client-cert": "" });
    await refused({ "x-ssl-client-cert": "(null)" });
    await refused({ "client-cert": "" });
  });

  it("authenticates a client that registered it", async () => {
    const own = await makeSelfSigned({});
    const id = await world.register({ authMethods: ["self_signed_tls_client_auth"], jwks: [own.certifiedJwk] });
    await expectRaidiamToken(ask(standard(own), id));
    await refused(standard(await makeSelfSigned({})), id);
  });

  it.each<[string, (own: TestCertificate) => Record<string, string>]>([
    ["no byte sequence", ({ der }) => ({ "client-cert": der.toString("base64") })],
    ["a byte sequence cut short", ({ der }) => ({ "client-cert": `:${der.toString("base64")}` })],
    ["an empty byte sequence", () => ({ "client-cert": "::" })],
    ["base64url", () => ({ "client-cert": ":-_-_:" })],
    ["a list", ({ der }) => ({ "client-cert": `:${der.toString("base64")}:, :${der.toString("base64")}:` })],
    ["parameters", ({ der }) => ({ "client-cert": `:${der.toString("base64")}:;a=b` })],
    ["something else in base64", () => ({ "client-cert": `:${Buffer.from("no certificate").toString("base64")}:` })],
    ["a certificate cut short", ({ der }) => ({ "client-cert": `:${der.subarray(0, -1).toString("base64")}:` })],
    [
      "a certificate with something after it",
      ({ der }) => ({ "client-cert": `:${Buffer.concat([der, Buffer.of(0)]).toString("base64")}:` }),
    ],
    ["PEM where DER belongs", ({ cert }) => ({ "client-cert": `:${Buffer.from(cert).toString("base64")}:` })],
    ["a byte sequence where PEM belongs", ({ der }) => ({ "x-ssl-client-cert": `:${der.toString("base64")}:` })],
    ["two certificates", ({ cert }) => ({ "x-ssl-client-cert": encodeURIComponent(cert + cert) })],
    ["PEM cut short", ({ cert }) => ({ "x-ssl-client-cert": encodeURIComponent(cert.slice(0, -20)) })],
    ["PEM of something else", ({ key }) => ({ "x-ssl-client-cert": encodeURIComponent(key) })],
    ["a broken percent-encoding", ({ cert }) => ({ "x-ssl-client-cert": `${encodeURIComponent(cert)}%zz` })],
    ["a NUL", ({ cert }) => ({ "x-ssl-client-cert": `${encodeURIComponent(cert)}%00` })],
  ])("is refused as %s", async (_what, headers) => {
    await refusedAsMalformed(headers(holder));
    await expectRaidiamToken(ask(standard(holder)));
  });

  it("is refused if the header comes twice", async () => {
    const body = `client_id=${clientId}`;
    const line = `Client-Cert: :${holder.der.toString("base64")}:\r\n`;
    const head = `POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n`;
    expect((await sendRaw(world.polymint.url, `${head}${line}\r\n${body}`)).status).toBe(200);
    expect(await sendRaw(world.polymint.url, `${head}${line}${line}\r\n${body}`)).toMatchObject({ status: 400 });
  });

  it("is checked like one of a direct connection", async () => {
    const issue = world.authority.issue.bind(world.authority);
    const other = await makeAuthority("C=GB, O=Directory, CN=Client CA");
    await refused(standard(await other.issue({ subject })));
    await refused(standard(await makeSelfSigned({ subject })));
    await refused(standard(await issue({ subject: "C=GB, CN=acme2" })));
    await refused(standard(await issue({ subject, fromDays: -3, toDays: -1 })));
    await refused(standard(await issue({ subject, fromDays: 1, toDays: 3 })));
    await refused(standard(await issue({ subject, usages: [serverAuth] })));
    await refused(standard(await issue({ subject, extensions: [unknownCriticalExtension] })));
    await refused({});
    await expectRaidiamToken(ask(standard(await issue({ subject, usages: [] }))));
  });

  it("is refused when its CA has expired by the server's clock", async () => {
    const long = await world.authority.issue({ subject, toDays: 10 });
    await expectRaidiamToken(ask(standard(long)));
    world.polymint.clock.advance(3 * 86_400);
    await refused(standard(long));
    expect(world.polymint.logs.at(-1)?.detail).toContain("the client CA that issued it is not valid at this time");
    world.polymint.clock.advance(-3 * 86_400);
  });

  it("takes precedence over the proxy's own certificate on the TLS listener", async () => {
    const proxy = await world.authority.issue({ subject });
    const own = await world.authority.issue({ subject: "CN=own" });
    const id = await world.register({ tlsSubject: { kind: "subject_dn", value: "CN=own" } });
    const connection = world.connect(proxy);
    await expectRaidiamToken(connection.post("/token", { client_id: id }, standard(own)));
    expect(await expectRaidiamResponse(400, connection.post("/token", { client_id: clientId }))).toMatchObject({ error: "invalid_client" });
    await expectRaidiamToken(connection.post("/token", { client_id: clientId }, standard(holder)));
  });

  it("is not read by an operation that does not look at certificates", async () => {
    const { clientId: client_id, secret: client_secret } = world.polymint.clients.abbeycross;
    const headers = { "content-type": "application/json", "client-cert": "x" };
    const answer = await postBytes(`${world.polymint.url}/v1/oauth/token`, JSON.stringify({ client_id, client_secret }), headers);
    expect(answer.status).toBe(200);
    await refusedAsMalformed({ "client-cert": "x" });
  });

  it.each(["client-cert", "x-ssl-client-cert"])("is refused in %s if it is too long for a certificate", async (name) => {
    const answer = await expectRaidiamResponse(400, ask({ [name]: `:${"A".repeat(8191)}:` }));
    expect(answer).toMatchObject({ error: "invalid_request", error_description: `${name} has more than 8192 characters.` });
  });
});

describe("a certificate that a listed proxy sends although CLIENT_CERT_HEADER names no header", () => {
  it("is ignored, and the metadata offer no authentication by certificate", async () => {
    const polymint = await startPolymint({ trustedProxies });
    const holder = await makeSelfSigned({ subject });
    const { client } = await polymint.register({ contracts: ["raidiam"], tlsSubject });
    for (const headers of [standard(holder), escaped(holder), { "client-cert": "x" }]) {
      const { text } = await postBytes(`${polymint.url}/token`, `client_id=${client.id}`, { ...form, ...headers });
      expect(JSON.parse(text)).toMatchObject({ error: "invalid_client" });
    }
    const metadata = await fetch(`${polymint.url}/.well-known/oauth-authorization-server`);
    expect(await metadata.text()).not.toContain("tls_client_auth");
    await polymint.stop();
  });
});

describe("a certificate that an unlisted peer forwards", () => {
  let world: MtlsServer;
  beforeAll(async () => {
    world = await startMtlsServer({ trustedProxies: ["192.0.2.1"], clientCertHeader: "client-cert" });
  });
  afterAll(() => world.stop());

  it("is ignored, whether it is well-formed or not", async () => {
    const holder = await world.authority.issue({ subject });
    const client_id = await world.register({ tlsSubject });
    const plain = (headers: Record<string, string>) =>
      postBytes(`${world.polymint.url}/token`, `client_id=${client_id}`, { ...form, ...headers });
    const outcomes = await Promise.all(
      [{}, standard(holder), escaped(holder), { ...standard(holder), ...escaped(holder) }, { "client-cert": "x" }].map(plain),
    );
    for (const { text } of outcomes) expect(JSON.parse(text)).toMatchObject({ error: "invalid_client" });
    await expectRaidiamToken(world.connect(holder).post("/token", { client_id }, standard(await makeSelfSigned({}))));
  });
});
