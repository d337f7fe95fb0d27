import { generateKeyPairSync, type JsonWebKey, randomUUID } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import jwt from "jsonwebtoken";
import request, { type Response } from "supertest";
import { makeRemoteKeys } from "../../src/client-auth/remote-keys";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";

/** A client's own server, which serves its key set. */
interface KeyServer {
  uri: string;
  /** How many requests it has had. */
  requests: number;
  answer: RequestListener;
  down(): Promise<void>;
}

const running = new Set<Server>();

async function makeKeyServer(answer: RequestListener): Promise<KeyServer> {
  const server = createServer((incoming, outgoing) => {
    own.requests += 1;
    own.answer(incoming, outgoing);
  });
  running.add(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const down = async (): Promise<void> => {
    running.delete(server);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const own: KeyServer = { uri: `http://127.0.0.1:${port}/jwks`, requests: 0, answer, down };
  return own;
}

afterAll(async () => {
  await Promise.all([...running].map((server) => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)))));
});

const makeKey = (kid: string) => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid } };
};
const keySet =
  (...keys: (JsonWebKey | null)[]): RequestListener =>
  (_incoming, outgoing) =>
    outgoing.end(JSON.stringify({ keys }));
const [first, second] = [makeKey("first"), makeKey("second")];

describe("a client whose keys are behind a jwks_uri", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  async function present(jwksUri: string, key = first): Promise<Response> {
    const { client } = await polymint.register({ contracts: ["raidiam"], jwksUri });
    return presentAs(client.id, key);
  }

  async function presentAs(clientId: string, { privateKey, kid }: typeof first): Promise<Response> {
    const seconds = polymint.clock() / 1000;
    const claims = { iss: clientId, sub: clientId, aud: polymint.issuer, iat: seconds, exp: seconds + 60, jti: randomUUID() };
    const response = await request(polymint.url)
      .post("/token")
      .type("form")
      .send({
        grant_type: "client_credentials",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: jwt.sign(claims, privateKey, { algorithm: "ES256", keyid: kid }),
      });
    mustConform(response, "raidiam", "/token");
    return response;
  }

  it("is authenticated with them, and they are fetched once", async () => {
    const keys = await makeKeyServer(keySet(first.jwk, second.jwk));
    const { client } = await polymint.register({ contracts: ["raidiam"], jwksUri: keys.uri });
    expect((await presentAs(client.id, first)).status).toBe(200);
    expect((await presentAs(client.id, second)).status).toBe(200);
    expect(keys.requests).toBe(1);
  });

  it("is not authenticated with another key", async () => {
    const keys = await makeKeyServer(keySet(first.jwk, null));
    const response = await present(keys.uri, { ...second, kid: "first" });
    expect([response.status, response.body]).toEqual([400, expect.objectContaining({ error: "invalid_client" })]);
  });

  it("is authenticated while its key server is down, once the keys have been fetched", async () => {
    const keys = await makeKeyServer(keySet(first.jwk));
    const { client } = await polymint.register({ contracts: ["raidiam"], jwksUri: keys.uri });
    expect((await presentAs(client.id, first)).status).toBe(200);
    await keys.down();
    expect((await presentAs(client.id, first)).status).toBe(200);
  });

  const elsewhere: RequestListener = (incoming, outgoing) => {
    if (incoming.url === "/elsewhere") keySet(first.jwk)(incoming, outgoing);
    else outgoing.writeHead(302, { location: "/elsewhere" }).end();
  };
  it.each<[string, RequestListener]>([
    ["redirects", elsewhere],
    ["answers 500", (_incoming, outgoing) => outgoing.writeHead(500).end(JSON.stringify({ keys: [first.jwk] }))],
    ["answers with something that is not JSON", (_incoming, outgoing) => outgoing.end("<html>")],
    ["answers without keys", (_incoming, outgoing) => outgoing.end(JSON.stringify({ key: first.jwk }))],
    ["answers null", (_incoming, outgoing) => outgoing.end("null")],
    ["answers more than 256 KiB", keySet(first.jwk, { kid: "x".repeat(256 * 1024) })],
    ["closes the connection in the middle", (incoming, outgoing) => void outgoing.write('{"keys":[', () => incoming.destroy())],
  ])("is answered with 502, not as an unknown client, when its key server %s", async (_what, answer) => {
    const keys = await makeKeyServer(answer);
    const response = await present(keys.uri);
    expect(keys.requests).toBe(1);
    expect([response.status, response.text]).toEqual([502, ""]);
    expect(polymint.logs.at(-1)).toMatchObject({ outcome: "dependency_unreachable", dependency: "jwks_uri" });
    keys.answer = keySet(first.jwk);
    expect((await present(keys.uri)).status).toBe(200);
  });

  it("is answered with 502 when its key server is down", async () => {
    const keys = await makeKeyServer(keySet(first.jwk));
    await keys.down();
    expect((await present(keys.uri)).status).toBe(502);
  });

  it("is answered with 504 when its key server does not answer", async () => {
    const keys = await makeKeyServer(() => undefined);
    expect((await present(keys.uri)).status).toBe(504);
  });
});

describe("the keys behind a jwks_uri", () => {
  let at = 0;
  beforeEach(() => {
    at = 0;
  });
  const hasKid = (wanted: string) => (key: JsonWebKey) => key.kid === wanted;
  const kids = (keys: readonly JsonWebKey[]) => keys.map(({ kid }) => kid);

  it("are fetched again for a kid they lack, at most every ten seconds", async () => {
    const keys = await makeKeyServer(keySet(first.jwk));
    const remote = makeRemoteKeys(() => at);
    expect(kids(await remote.fetch(keys.uri, hasKid("first")))).toEqual(["first"]);
    keys.answer = keySet(second.jwk);
    at = 10_000;
    expect(kids(await remote.fetch(keys.uri, hasKid("second")))).toEqual(["first"]);
    expect(keys.requests).toBe(1);
    at = 10_001;
    expect(kids(await remote.fetch(keys.uri, hasKid("first")))).toEqual(["first"]);
    expect(kids(await remote.fetch(keys.uri, hasKid("second")))).toEqual(["second"]);
    for (const kid of ["made up", "also made up", "first"]) await remote.fetch(keys.uri, hasKid(kid));
    expect(keys.requests).toBe(2);
  });

  it("are fetched again after five minutes", async () => {
    const keys = await makeKeyServer(keySet(first.jwk));
    const remote = makeRemoteKeys(() => at);
    await remote.fetch(keys.uri, hasKid("first"));
    keys.answer = keySet({ ...first.jwk, kid: "first", use: "sig" });
    at = 300_000;
    expect((await remote.fetch(keys.uri, () => true))[0]).not.toHaveProperty("use");
    at = 300_001;
    expect((await remote.fetch(keys.uri, () => true))[0]).toHaveProperty("use");
  });

  it("are fetched once for twenty requests at once", async () => {
    const keys = await makeKeyServer(keySet(first.jwk));
    const remote = makeRemoteKeys(() => at);
    const fetched = await Promise.all(Array.from({ length: 20 }, () => remote.fetch(keys.uri, hasKid("first"))));
    expect(fetched.map(kids)).toEqual(fetched.map(() => ["first"]));
    expect(keys.requests).toBe(1);
  });

  it("are kept when a later fetch fails, so that a made-up kid does not remove them", async () => {
    const keys = await makeKeyServer(keySet(first.jwk));
    const remote = makeRemoteKeys(() => at);
    await remote.fetch(keys.uri, hasKid("first"));
    await keys.down();
    at = 20_000;
    const madeUp = remote.fetch(keys.uri, hasKid("made up"));
    expect(kids(await remote.fetch(keys.uri, hasKid("first")))).toEqual(["first"]);
    await expect(madeUp).rejects.toMatchObject({ kind: "unreachable" });
    expect(kids(await remote.fetch(keys.uri, hasKid("first")))).toEqual(["first"]);
    at = 300_001;
    await expect(remote.fetch(keys.uri, hasKid("first"))).rejects.toMatchObject({ kind: "unreachable" });
  });
});
