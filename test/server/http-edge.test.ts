import { startPolymint, type TestPolymint } from "../../src/testkit";
import { connectRaw, type RawAnswer, sendRaw } from "../harness/raw-http";

jest.setTimeout(60_000);

let polymint: TestPolymint;
let body: string;
beforeAll(async () => {
  polymint = await startPolymint();
  const { clientId, secret } = polymint.clients.abbeycross ?? {};
  body = JSON.stringify({ client_id: clientId, client_secret: secret });
});
afterAll(() => polymint.stop());

/** A good request for a token, but for what is said. */
function post(
  more: readonly string[] = [],
  { target = "/v1/oauth/token", version = "HTTP/1.1", content = body, length = true } = {},
): string {
  const sized = length ? [`Content-Length: ${content.length}`] : [];
  return [`POST ${target} ${version}`, "Host: localhost", "Content-Type: application/json", ...sized, ...more, "", content].join("\r\n");
}

const chunked = (chunks: string): string => post(["Transfer-Encoding: chunked"], { length: false, content: chunks });
const inChunks = (size: string): string => `${size}\r\n${body}\r\n0\r\n\r\n`;

/** The edge's own answer, which no contract has a say in. */
function mustBeOfTheEdge({ headers, body: text }: RawAnswer): void {
  expect(JSON.parse(text)).toEqual({ error: "invalid_request", error_description: expect.any(String) as string });
  expect(headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store", connection: "close" });
}

async function othersAreServed(): Promise<void> {
  expect((await sendRaw(polymint.url, post())).status).toBe(200);
}

describe("what is not HTTP", () => {
  const length = (): number => body.length;
  it.each<[string, number, () => string]>([
    ["noise", 400, () => "\0\x01\x02 noise\r\n\r\n"],
    ["a TLS handshake", 400, () => "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"],
    ["HTTP/2 without being asked", 400, () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["an unknown method", 400, () => post().replace("POST", "POKE")],
    ["an unknown version", 400, () => post([], { version: "HTTP/1.7" })],
    ["no Host", 400, () => post().replace("Host: localhost\r\n", "")],
    ["two Hosts", 400, () => post(["host: other"])],
    ["a Host that is none", 400, () => post().replace("Host: localhost", "Host: a b/@")],
    ["two Content-Types", 400, () => post(["content-type: text/plain"])],
    ["a header without a colon", 400, () => post(["nonsense"])],
    ["a blank before the colon", 400, () => post(["X-Name : value"])],
    ["a folded header", 400, () => post(["X-Name: value", " folded"])],
    ["lines that end in LF alone", 400, () => post().replaceAll("\r\n", "\n")],
    ["a NUL in a header", 400, () => post(["X-Name: a\0b"])],
    ["a CR in a header", 400, () => post(["X-Name: a\rb"])],
    [
      "both Transfer-Encoding and Content-Length",
      400,
      () => post(["Transfer-Encoding: chunked"], { content: inChunks(length().toString(16)) }),
    ],
    ["two lengths", 400, () => post([`Content-Length: ${length() + 1}`])],
    ["a negative length", 400, () => post(["Content-Length: -1"], { length: false })],
    ["a length that is no number", 400, () => post(["Content-Length: 0x10"], { length: false })],
    ["a transfer coding that is not chunked at last", 400, () => post(["Transfer-Encoding: chunked, gzip"], { length: false })],
    ["a transfer coding before chunked", 501, () => chunked(inChunks(length().toString(16))).replace(": chunked", ": gzip, chunked")],
    ["chunks in HTTP/1.0", 400, () => chunked(inChunks(length().toString(16))).replace("HTTP/1.1", "HTTP/1.0")],
    ["a chunk size that is no number", 400, () => chunked(inChunks("zz"))],
    ["a chunk size with a sign", 400, () => chunked(inChunks("-1"))],
    ["a chunk size beyond all numbers", 400, () => chunked(inChunks("fffffffffffffffff"))],
    ["a chunk that is longer than its size", 400, () => chunked(inChunks("1"))],
    ["16 KB of headers", 431, () => post([`X-Name: ${"a".repeat(16 * 1024)}`])],
    ["a target of 16 KB", 431, () => post([], { target: `/v1/oauth/token?${"a".repeat(16 * 1024)}` })],
    ["16 KB of chunk extensions", 413, () => chunked(`1;${"a".repeat(16 * 1024 + 1)}\r\nx\r\n0\r\n\r\n`)],
    ["an expectation nobody can meet", 417, () => post(["Expect: a-miracle"])],
    ["a tunnel", 501, () => "CONNECT internal.example:443 HTTP/1.1\r\nHost: internal.example:443\r\n\r\n"],
  ])("%s is answered %i, and the connection is closed", async (_what, status, bytes) => {
    const connection = await connectRaw(polymint.url);
    connection.send(Buffer.from(bytes(), "latin1"));
    const answer = await connection.answer();
    expect(answer?.status).toBe(status);
    mustBeOfTheEdge(answer as RawAnswer);
    await connection.closed;
    await othersAreServed();
  });
});

describe("what is HTTP, if rarely seen", () => {
  it.each<[string, number, () => string]>([
    ["HTTP/1.0", 200, () => post([], { version: "HTTP/1.0" })],
    ["HTTP/1.0 without Host", 200, () => post([], { version: "HTTP/1.0" }).replace("Host: localhost\r\n", "")],
    ["two Content-Types that are one", 200, () => post(["content-type: application/json"])],
    ["a Host by its address", 200, () => post().replace("Host: localhost", "Host: [::1]:8080")],
    ["a Host without a name", 200, () => post().replace("Host: localhost", "Host:")],
    ["a body in chunks", 200, () => chunked(inChunks(body.length.toString(16)))],
    ["chunks with extensions and trailers", 200, () => chunked(`${body.length.toString(16)};a=b\r\n${body}\r\n0\r\nX-End: 1\r\n\r\n`)],
    ["a wish to upgrade", 200, () => post(["Connection: Upgrade", "Upgrade: websocket"])],
    [
      "a wish for HTTP/2",
      200,
      () => post(["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"]),
    ],
    ["two Authorization headers", 409, () => post(["Authorization: Basic YTpi", "Authorization: Basic YTpj"])],
    ["a target in absolute form", 409, () => post([], { target: "http://localhost/v1/oauth/token" })],
    ["a long target", 409, () => post([], { target: `/v1/oauth/token#${"a".repeat(8000)}` })],
    ["a body of 65 KB", 413, () => post([], { content: JSON.stringify({ client_id: "a".repeat(65 * 1024) }) })],
    ["a body that would be too large, one byte of it", 413, () => post(["Content-Length: 99999999"], { length: false, content: "{" })],
    ["chunks without end, 65 KB of them", 413, () => chunked(`${(66 * 1024).toString(16)}\r\n${"a".repeat(65 * 1024)}`)],
  ])("%s is answered %i by the contract", async (_what, status, bytes) => {
    const answer = await sendRaw(polymint.url, Buffer.from(bytes(), "latin1"));
    expect({ status: answer.status, text: answer.status === status ? "" : answer.body }).toEqual({ status, text: "" });
    expect(answer.headers["cache-control"]).toBe("no-store");
    await othersAreServed();
  });

  it("requests sent without waiting are answered in their order", async () => {
    const connection = await connectRaw(polymint.url);
    const health = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    connection.send(post() + health + post([], { content: "{}" }) + post());
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await connection.answer())?.status);
    expect(statuses).toEqual([200, 200, 409, 200]);
    connection.destroy();
  });

  it("the answer to a good request comes before the one to a broken one behind it, and none is lost", async () => {
    const connection = await connectRaw(polymint.url);
    connection.send(`${post()}${post()}noise\r\n\r\n`);
    const answers = [await connection.answer(), await connection.answer(), await connection.answer()];
    expect(answers.map((answer) => answer?.status)).toEqual([200, 200, 400]);
    for (const answer of answers.slice(0, 2))
      expect(JSON.parse(answer?.body ?? "")).toMatchObject({ access_token: expect.any(String) as string });
    await connection.closed;
  });

  it.each<[string, number, string]>([
    ["a request with a broken body", 400, chunked("ZZ\r\n")],
    ["a wish for a tunnel", 501, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"],
  ])("the answer to a good request comes before the one to %s behind it", async (_what, status, behind) => {
    const connection = await connectRaw(polymint.url);
    connection.send(post() + behind);
    const [first, last] = [await connection.answer(), await connection.answer()];
    expect([first?.status, last?.status]).toEqual([200, status]);
    mustBeOfTheEdge(last as RawAnswer);
    await connection.closed;
  });

  it("a request that has its answer gets no other one when the rest of it is broken", async () => {
    const connection = await connectRaw(polymint.url);
    connection.send(
      post([], { target: "/nowhere", content: "1\r\n{\r\n", length: false }).replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n"),
    );
    expect((await connection.answer())?.status).toBe(404);
    connection.send("ZZ\r\n");
    expect(await connection.answer()).toBeUndefined();
  });

  it("a page says 413 too before all of a form has come", async () => {
    const head = ["POST /login HTTP/1.1", "Host: a", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 99999999"];
    const answer = await sendRaw(polymint.url, `${head.join("\r\n")}\r\n\r\na`);
    expect(answer).toMatchObject({ status: 413, headers: { "content-type": "text/html; charset=utf-8", connection: "close" } });
  });

  it("nobody is told to go on with what is too large", async () => {
    const answer = await sendRaw(polymint.url, post(["Expect: 100-continue", "Content-Length: 200000000"], { length: false, content: "" }));
    expect(answer).toMatchObject({ status: 413, headers: { connection: "close" } });
  });

  it("who expects to be told to go on is told so, and then answered", async () => {
    const connection = await connectRaw(polymint.url);
    const whole = post(["Expect: 100-continue"]);
    connection.send(whole.slice(0, -body.length));
    expect((await connection.answer())?.status).toBe(100);
    connection.send(body);
    expect((await connection.answer())?.status).toBe(200);
    connection.destroy();
  });
});

describe("who takes their time", () => {
  const trickles: readonly [string, () => string][] = [
    ["sends headers without end", () => post().slice(0, 40)],
    ["sends a body without end", () => post().slice(0, -1)],
    ["sends chunks without end", () => chunked("1\r\n{\r\n")],
  ];

  it("is answered 408 within 6 s, or nothing who has said nothing, and others are served meanwhile", async () => {
    const startedAt = performance.now();
    const silent = await connectRaw(polymint.url);
    const connections = await Promise.all(
      trickles.map(async ([, bytes]) => {
        const connection = await connectRaw(polymint.url);
        connection.send(bytes());
        return connection;
      }),
    );
    await othersAreServed();
    const patient = await connectRaw(polymint.url);
    patient.send(post());
    expect((await patient.answer())?.status).toBe(200);
    const answers = await Promise.all(connections.map((connection) => connection.answer()));
    const tookMs = performance.now() - startedAt;
    expect(answers.map((answer) => answer?.status)).toEqual([408, 408, 408]);
    expect(await silent.answer()).toBeUndefined();
    answers.forEach((answer) => mustBeOfTheEdge(answer as RawAnswer));
    expect(tookMs).toBeGreaterThan(3_000);
    expect(tookMs).toBeLessThan(8_000);
    await Promise.all(connections.map(({ closed }) => closed));
    // Who is between two requests is waited for.
    patient.send(post());
    expect((await patient.answer())?.status).toBe(200);
    patient.destroy();
  });
});
