import { startPolymint, type TestPolymint } from "../../src/testkit";
import { connectRaw, type RawResponse, sendRaw } from "../../src/contract-suite/raw-http";

jest.setTimeout(60_000);

let polymint: TestPolymint;
let body: string;
beforeAll(async () => {
  polymint = await startPolymint();
  const { clientId, secret } = polymint.clients.abbeycross;
  body = JSON.stringify({ client_id: clientId, client_secret: secret });
});
afterAll(() => polymint.stop());

/** A good token request, with the given changes. */
function makePost(
  more: readonly string[] = [],
  { target = "/v1/oauth/token", version = "HTTP/1.1", content = body, length = true } = {},
): string {
  const sized = length ? [`Content-Length: ${content.length}`] : [];
  return [`POST ${target} ${version}`, "Host: localhost", "Content-Type: application/json", ...sized, ...more, "", content].join("\r\n");
}

const makeChunked = (chunks: string): string => makePost(["Transfer-Encoding: chunked"], { length: false, content: chunks });
const makeChunks = (size: string): string => `${size}\r\n${body}\r\n0\r\n\r\n`;

/** The answer of the HTTP server itself, which has no contract's shape. */
function expectServerAnswer({ headers, body: text }: RawResponse): void {
  expect(JSON.parse(text)).toEqual({ error: "invalid_request", error_description: expect.any(String) as string });
  expect(headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store", connection: "close" });
}

async function expectOthersServed(): Promise<void> {
  expect((await sendRaw(polymint.url, makePost())).status).toBe(200);
}

describe("a request that is not valid HTTP", () => {
  const length = (): number => body.length;
  it.each<[string, number, () => string]>([
    ["noise", 400, () => "\0\x01\x02 noise\r\n\r\n"],
    ["a TLS handshake", 400, () => "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"],
    ["HTTP/2 without a negotiation", 400, () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["an unknown method", 400, () => makePost().replace("POST", "POKE")],
    ["an unknown version", 400, () => makePost([], { version: "HTTP/1.7" })],
    ["no Host", 400, () => makePost().replace("Host: localhost\r\n", "")],
    ["two Hosts", 400, () => makePost(["host: other"])],
    ["a malformed Host", 400, () => makePost().replace("Host: localhost", "Host: a b/@")],
    ["two Content-Types", 400, () => makePost(["content-type: text/plain"])],
    ["a header without a colon", 400, () => makePost(["nonsense"])],
    ["a blank before the colon", 400, () => makePost(["X-Name : value"])],
    ["a folded header", 400, () => makePost(["X-Name: value", " folded"])],
    ["lines that end in LF alone", 400, () => makePost().replaceAll("\r\n", "\n")],
    ["a NUL in a header", 400, () => makePost(["X-Name: a\0b"])],
    ["a CR in a header", 400, () => makePost(["X-Name: a\rb"])],
    [
      "both Transfer-Encoding and Content-Length",
      400,
      () => makePost(["Transfer-Encoding: chunked"], { content: makeChunks(length().toString(16)) }),
    ],
    ["two lengths", 400, () => makePost([`Content-Length: ${length() + 1}`])],
    ["a negative length", 400, () => makePost(["Content-Length: -1"], { length: false })],
    ["a length that is not a number", 400, () => makePost(["Content-Length: 0x10"], { length: false })],
    ["a last transfer coding other than chunked", 400, () => makePost(["Transfer-Encoding: chunked, gzip"], { length: false })],
    ["a transfer coding before chunked", 501, () => makeChunked(makeChunks(length().toString(16))).replace(": chunked", ": gzip, chunked")],
    ["a chunked body in HTTP/1.0", 400, () => makeChunked(makeChunks(length().toString(16))).replace("HTTP/1.1", "HTTP/1.0")],
    ["a chunk size that is not a number", 400, () => makeChunked(makeChunks("zz"))],
    ["a chunk size with a sign", 400, () => makeChunked(makeChunks("-1"))],
    ["a chunk size that overflows", 400, () => makeChunked(makeChunks("fffffffffffffffff"))],
    ["a chunk that is longer than its size", 400, () => makeChunked(makeChunks("1"))],
    ["16 KB of headers", 431, () => makePost([`X-Name: ${"a".repeat(16 * 1024)}`])],
    ["a target of 16 KB", 431, () => makePost([], { target: `/v1/oauth/token?${"a".repeat(16 * 1024)}` })],
    ["16 KB of chunk extensions", 413, () => makeChunked(`1;${"a".repeat(16 * 1024 + 1)}\r\nx\r\n0\r\n\r\n`)],
    ["an unknown expectation", 417, () => makePost(["Expect: a-miracle"])],
    ["a request for a tunnel", 501, () => "CONNECT internal.example:443 HTTP/1.1\r\nHost: internal.example:443\r\n\r\n"],
  ])("%s is refused with %i, and the connection is closed", async (_what, status, bytes) => {
    const connection = await connectRaw(polymint.url);
    connection.send(Buffer.from(bytes(), "latin1"));
    const answer = await connection.answer();
    expect(answer?.status).toBe(status);
    expectServerAnswer(answer as RawResponse);
    await connection.closed;
    await expectOthersServed();
  });
});

describe("a request that is valid but unusual HTTP", () => {
  it.each<[string, number, () => string]>([
    ["HTTP/1.0", 200, () => makePost([], { version: "HTTP/1.0" })],
    ["HTTP/1.0 without Host", 200, () => makePost([], { version: "HTTP/1.0" }).replace("Host: localhost\r\n", "")],
    ["two equal Content-Types", 200, () => makePost(["content-type: application/json"])],
    ["an address as Host", 200, () => makePost().replace("Host: localhost", "Host: [::1]:8080")],
    ["an empty Host", 200, () => makePost().replace("Host: localhost", "Host:")],
    ["a body in chunks", 200, () => makeChunked(makeChunks(body.length.toString(16)))],
    ["chunks with extensions and trailers", 200, () => makeChunked(`${body.length.toString(16)};a=b\r\n${body}\r\n0\r\nX-End: 1\r\n\r\n`)],
    ["a request to upgrade", 200, () => makePost(["Connection: Upgrade", "Upgrade: websocket"])],
    [
      "a request to upgrade to HTTP/2",
      200,
      () => makePost(["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"]),
    ],
    ["two Authorization headers", 409, () => makePost(["Authorization: Basic YTpi", "Authorization: Basic YTpj"])],
    ["a target in absolute form", 409, () => makePost([], { target: "http://localhost/v1/oauth/token" })],
    ["a long target", 409, () => makePost([], { target: `/v1/oauth/token#${"a".repeat(8000)}` })],
    ["a body of 65 KB", 413, () => makePost([], { content: JSON.stringify({ client_id: "a".repeat(65 * 1024) }) })],
    ["the first byte of a body that is too large", 413, () => makePost(["Content-Length: 99999999"], { length: false, content: "{" })],
    ["65 KB of chunks without an end", 413, () => makeChunked(`${(66 * 1024).toString(16)}\r\n${"a".repeat(65 * 1024)}`)],
  ])("%s is answered with %i by the contract", async (_what, status, bytes) => {
    const answer = await sendRaw(polymint.url, Buffer.from(bytes(), "latin1"));
    expect({ status: answer.status, text: answer.status === status ? "" : answer.body }).toEqual({ status, text: "" });
    expect(answer.headers["cache-control"]).toBe("no-store");
    await expectOthersServed();
  });

  it("pipelined requests are answered in their order", async () => {
    const connection = await connectRaw(polymint.url);
    const health = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    connection.send(makePost() + health + makePost([], { content: "{}" }) + makePost());
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await connection.answer())?.status);
    expect(statuses).toEqual([200, 200, 409, 200]);
    connection.destroy();
  });

  it("good requests before a broken one are all answered before it", async () => {
    const connection = await connectRaw(polymint.url);
    connection.send(`${makePost()}${makePost()}noise\r\n\r\n`);
    const answers = [await connection.answer(), await connection.answer(), await connection.answer()];
    expect(answers.map((answer) => answer?.status)).toEqual([200, 200, 400]);
    for (const answer of answers.slice(0, 2))
      expect(JSON.parse(answer?.body ?? "")).toMatchObject({ access_token: expect.any(String) as string });
    await connection.closed;
  });

  it.each<[string, number, string]>([
    ["a request with a broken body", 400, makeChunked("ZZ\r\n")],
    ["a request for a tunnel", 501, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"],
  ])("a good request before %s is answered first", async (_what, status, behind) => {
    const connection = await connectRaw(polymint.url);
    connection.send(makePost() + behind);
    const [first, last] = [await connection.answer(), await connection.answer()];
    expect([first?.status, last?.status]).toEqual([200, status]);
    expectServerAnswer(last as RawResponse);
    await connection.closed;
  });

  it("an answered request gets no second answer when the rest of its body is broken", async () => {
    const connection = await connectRaw(polymint.url);
    connection.send(
      makePost([], { target: "/nowhere", content: "1\r\n{\r\n", length: false }).replace(
        "\r\n\r\n",
        "\r\nTransfer-Encoding: chunked\r\n\r\n",
      ),
    );
    expect((await connection.answer())?.status).toBe(404);
    connection.send("ZZ\r\n");
    expect(await connection.answer()).toBeUndefined();
  });

  it("a page answers 413 before a too large form has arrived completely", async () => {
    const head = ["POST /login HTTP/1.1", "Host: a", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 99999999"];
    const answer = await sendRaw(polymint.url, `${head.join("\r\n")}\r\n\r\na`);
    expect(answer).toMatchObject({ status: 413, headers: { "content-type": "text/html; charset=utf-8", connection: "close" } });
  });

  it("a client with a too large body gets 413 instead of 100 Continue", async () => {
    const answer = await sendRaw(
      polymint.url,
      makePost(["Expect: 100-continue", "Content-Length: 200000000"], { length: false, content: "" }),
    );
    expect(answer).toMatchObject({ status: 413, headers: { connection: "close" } });
  });

  it("a client that expects 100 Continue gets it, and then its answer", async () => {
    const connection = await connectRaw(polymint.url);
    const whole = makePost(["Expect: 100-continue"]);
    connection.send(whole.slice(0, -body.length));
    expect((await connection.answer())?.status).toBe(100);
    connection.send(body);
    expect((await connection.answer())?.status).toBe(200);
    connection.destroy();
  });
});

describe("a client that sends slowly", () => {
  const trickles: readonly [string, () => string][] = [
    ["never finishes its headers", () => makePost().slice(0, 40)],
    ["never finishes its body", () => makePost().slice(0, -1)],
    ["never finishes its chunks", () => makeChunked("1\r\n{\r\n")],
  ];

  it("is answered 408 within 8 s, or not at all if it sent nothing, and others are served meanwhile", async () => {
    const startedAt = performance.now();
    const silent = await connectRaw(polymint.url);
    const connections = await Promise.all(
      trickles.map(async ([, bytes]) => {
        const connection = await connectRaw(polymint.url);
        connection.send(bytes());
        return connection;
      }),
    );
    await expectOthersServed();
    const patient = await connectRaw(polymint.url);
    patient.send(makePost());
    expect((await patient.answer())?.status).toBe(200);
    const answers = await Promise.all(connections.map((connection) => connection.answer()));
    const tookMs = performance.now() - startedAt;
    expect(answers.map((answer) => answer?.status)).toEqual([408, 408, 408]);
    expect(await silent.answer()).toBeUndefined();
    answers.forEach((answer) => expectServerAnswer(answer as RawResponse));
    expect(tookMs).toBeGreaterThan(3_000);
    expect(tookMs).toBeLessThan(8_000);
    await Promise.all(connections.map(({ closed }) => closed));
    // A connection between two requests is kept open.
    patient.send(makePost());
    expect((await patient.answer())?.status).toBe(200);
    patient.destroy();
  });
});
