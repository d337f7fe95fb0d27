import express from "express";
import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { Refusal } from "../../src/engine/refusal";
import { readForwardedCertificate } from "../../src/http/forwarded-certificate";
import { makePeerOf, type Peer } from "../../src/http/peer";
import { type AnyServer, close, listen, makeServer, makeTlsServer } from "../../src/server/http-server";
import { startPolymint } from "../../src/testkit";
import { type Authority, type TestCertificate, makeAuthority, makeServerIdentity, makeSelfSigned } from "../harness/certificates";

type SeenPeer = Omit<Peer, "certificate"> & { certificate?: { thumbprint: string; untrusted?: string } };

/** An app that answers with the peer it sees. */
function makePeerApp(trustedProxies: readonly string[], clientCa?: string): express.Express {
  const peerOf = makePeerOf({ clientCa, trustedProxies, tls: false, clock: Date.now });
  return express().use((request, response) => {
    response.json(peerOf(request));
  });
}

const running: AnyServer[] = [];
afterAll(() => Promise.all(running.map((server) => close(server, 0))));
async function startServer(server: AnyServer): Promise<number> {
  running.push(server);
  return listen(server, "127.0.0.1", 0);
}

describe("the source of a request", () => {
  const readSource = async (trustedProxies: readonly string[], forwardedFor?: string): Promise<string> => {
    const port = await startServer(makeServer(makePeerApp(trustedProxies)));
    const headers: Record<string, string> = forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor };
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers });
    return ((await response.json()) as SeenPeer).source;
  };

  it.each<[readonly string[], string | undefined, string]>([
    [[], undefined, "127.0.0.1"],
    [[], "198.51.100.1", "127.0.0.1"],
    [["192.0.2.0/24"], "198.51.100.1", "127.0.0.1"],
    [["127.0.0.1"], undefined, "127.0.0.1"],
    [["127.0.0.1"], "198.51.100.1", "198.51.100.1"],
    [["::ffff:127.0.0.1"], "198.51.100.1", "198.51.100.1"],
    [["127.0.0.1"], "203.0.113.9, 198.51.100.1", "198.51.100.1"],
    [["127.0.0.1", "192.0.2.0/24"], "203.0.113.9, 198.51.100.1,192.0.2.7 , 192.0.2.8", "198.51.100.1"],
    [["127.0.0.1", "2001:db8::/32"], "198.51.100.1, 2001:DB8::7", "198.51.100.1"],
    [["127.0.0.1", "192.0.2.0/24"], "198.51.100.1, ::ffff:192.0.2.7", "198.51.100.1"],
    [["127.0.0.1", "192.0.2.0/24"], "192.0.2.9, 192.0.2.7", "192.0.2.9"],
    [["127.0.0.1"], "198.51.100.1:5566", "198.51.100.1"],
    [["127.0.0.1"], "[2001:db8::7]:5566", "2001:db8::7"],
    [["127.0.0.1"], "2001:db8::7", "2001:db8::7"],
    [["127.0.0.1"], "garbage, 198.51.100.1", "198.51.100.1"],
    [["127.0.0.1"], "198.51.100.1, garbage", "127.0.0.1"],
    [["127.0.0.1", "192.0.2.0/24"], "198.51.100.1, unknown, 192.0.2.7", "192.0.2.7"],
    [["127.0.0.1"], "", "127.0.0.1"],
    [["127.0.0.1"], " , ", "127.0.0.1"],
  ])("with trusted proxies %j and X-Forwarded-For %j is %s", async (proxies, forwardedFor, source) => {
    expect(await readSource(proxies, forwardedFor)).toBe(source);
  });
});

describe("a forwarding header from an address that is no listed proxy", () => {
  it.each(["X-Forwarded-For", "Forwarded"])("is warned about once per process, without its value, and is ignored: %s", async (header) => {
    const polymint = await startPolymint({ trustedProxies: ["192.0.2.0/24"] });
    const warnings = () => polymint.logs.filter(({ msg }) => String(msg).includes("TRUSTED_PROXIES"));
    await fetch(`${polymint.url}/login`);
    expect(warnings()).toEqual([]);
    for (let turn = 0; turn < 3; turn += 1) await fetch(`${polymint.url}/login`, { headers: { [header]: "for=198.51.100.1" } });
    expect(warnings()).toEqual([expect.objectContaining({ level: 40, header: header.toLowerCase(), address: "127.0.0.1" })]);
    expect(JSON.stringify(warnings())).not.toContain("198.51.100.1");
    await polymint.stop();
  });

  it("is not warned about if the proxy is listed", async () => {
    const polymint = await startPolymint({ trustedProxies: ["127.0.0.1"] });
    await fetch(`${polymint.url}/login`, { headers: { "X-Forwarded-For": "198.51.100.1" } });
    expect(polymint.logs.filter(({ msg }) => String(msg).includes("TRUSTED_PROXIES"))).toEqual([]);
    await polymint.stop();
  });
});

describe("a certificate header that a trusted proxy sends", () => {
  const begin = "-----BEGIN CERTIFICATE-----";
  const hostile = `${begin}${" ".repeat(7_500)}!`;
  const measure = (work: () => unknown): number => {
    const startedAt = performance.now();
    for (let turn = 0; turn < 5; turn += 1) work();
    return performance.now() - startedAt;
  };
  const parse = (): void => expect(() => readForwardedCertificate({ "x-ssl-client-cert": hostile }, "x-ssl-client-cert")).toThrow(Refusal);
  const backtrack = (): void =>
    expect(/^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/\s]+={0,2})\s*-----END CERTIFICATE-----\s*$/.test(hostile)).toBe(false);

  it("is parsed in linear time; (control) a regular expression that backtracks takes twenty times as long", () => {
    parse();
    expect(measure(parse) * 20).toBeLessThan(measure(backtrack));
  });

  it("is parsed once per request, and only if an operation looks at it", async () => {
    const holder = await makeSelfSigned({});
    const peerOf = makePeerOf({ trustedProxies: ["127.0.0.1"], clientCertHeader: "client-cert", tls: false, clock: Date.now });
    const app = express().use((request, response) => {
      const { source } = peerOf(request);
      if (request.url === "/") return void response.json({ source });
      const { certificate } = peerOf(request);
      response.json({ found: certificate !== undefined, isSame: certificate === peerOf(request).certificate });
    });
    const port = await startServer(makeServer(app));
    const headers = { "client-cert": `:${holder.der.toString("base64")}:` };
    expect(await (await fetch(`http://127.0.0.1:${port}/look`, { headers })).json()).toMatchObject({ found: true, isSame: true });
    const broken = { "client-cert": "x" };
    expect(await (await fetch(`http://127.0.0.1:${port}/`, { headers: broken })).json()).toEqual({ source: "127.0.0.1" });
    expect((await fetch(`http://127.0.0.1:${port}/look`, { headers: broken })).status).toBe(500);
  });
});

describe("the certificate of a TLS connection", () => {
  let identity: Awaited<ReturnType<typeof makeServerIdentity>>;
  let authority: Authority;
  let holder: TestCertificate;
  let port: number;
  beforeAll(async () => {
    identity = await makeServerIdentity();
    authority = await makeAuthority("CN=Client CA");
    holder = await authority.issue({});
    port = await startServer(makeTlsServer(makePeerApp([], authority.cert), { ...identity, clientCa: authority.cert }));
  });

  const openSocket = async (options: ConnectionOptions, to = port): Promise<TLSSocket> => {
    const socket = connect({ host: "127.0.0.1", servername: "localhost", port: to, ca: identity.ca, ...options });
    await once(socket, "secureConnect");
    return socket;
  };
  const readPeer = async (socket: TLSSocket): Promise<SeenPeer> => {
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let text = "";
    while (!text.includes("\r\n\r\n{") || !text.endsWith("}")) text += String(((await once(socket, "data")) as [Buffer])[0]);
    return JSON.parse(text.slice(text.indexOf("\r\n\r\n"))) as SeenPeer;
  };

  it.each(["TLSv1.2", "TLSv1.3"] as const)("is the same on a resumed session of %s, and equally trusted", async (version) => {
    const none = { minVersion: version, maxVersion: version };
    for (const [shown, trusted] of [[holder, true] as const, [await makeSelfSigned({}), false] as const]) {
      const options = { ...none, cert: shown.cert, key: shown.key };
      const first = await openSocket(options);
      const sessions: Buffer[] = [];
      first.on("session", (session: Buffer) => sessions.push(session));
      const peer = await readPeer(first);
      const { certificate } = peer;
      expect({ trusted: certificate?.untrusted === undefined, seen: certificate !== undefined }).toEqual({ trusted, seen: true });
      expect(await readPeer(first)).toEqual(peer);
      const session = sessions.at(-1) ?? first.getSession();
      first.destroy();
      const again = await openSocket({ ...none, ...(session === undefined ? {} : { session }) });
      expect(again.isSessionReused()).toBe(true);
      expect(await readPeer(again)).toEqual(peer);
      again.destroy();
    }
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("is absent if the client sent none, on a resumed session of %s too", async (version) => {
    const options = { minVersion: version, maxVersion: version };
    const first = await openSocket(options);
    const sessions: Buffer[] = [];
    first.on("session", (session: Buffer) => sessions.push(session));
    expect(await readPeer(first)).not.toHaveProperty("certificate");
    const session = sessions.at(-1) ?? first.getSession();
    first.destroy();
    const again = await openSocket({ ...options, ...(session === undefined ? {} : { session }) });
    expect(again.isSessionReused()).toBe(true);
    expect(await readPeer(again)).not.toHaveProperty("certificate");
    again.destroy();
  });

  it("is never trusted without a configured authority, even if browsers would trust it", async () => {
    const bare = await startServer(makeTlsServer(makePeerApp([]), identity));
    const socket = await openSocket({ cert: holder.cert, key: holder.key }, bare);
    expect((await readPeer(socket)).certificate?.untrusted).toMatch(/handshake/);
    socket.destroy();
  });

  it("cannot be sent below TLS 1.2, and a failed handshake does not harm other connections", async () => {
    const old = connect({
      host: "127.0.0.1",
      port,
      ca: identity.ca,
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.1",
      ciphers: "ALL@SECLEVEL=0",
    });
    await once(old, "error");
    const plain = connectPlain(port, "127.0.0.1");
    plain.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let text = "";
    plain.on("data", (chunk) => (text += String(chunk))).on("error", () => undefined);
    await once(plain, "close");
    expect(text).not.toContain("HTTP/1.1");
    const socket = await openSocket({});
    expect((await readPeer(socket)).source).toBe("127.0.0.1");
    socket.destroy();
  });

  it("does not change the answer to a request that is not HTTP", async () => {
    const socket = await openSocket({});
    socket.write("no HTTP\r\n\r\n");
    const [chunk] = (await once(socket, "data")) as [Buffer];
    expect(String(chunk)).toMatch(/^HTTP\/1.1 400 .*"invalid_request"/s);
    socket.destroy();
  });
});
