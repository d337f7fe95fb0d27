/** Faults at a server with the sandbox: what a request asks for itself, and what was armed. */
import { connect } from "node:net";
import { decode } from "jsonwebtoken";
import { wiring } from "../../generated/wiring";
import type { Fault, Faults } from "../../src/sandbox/fault";
import { encodeRequest, type PlainResponse, sendRequest, startPolymint, type TestPolymint } from "../../src/testkit";
import { sendRaw } from "../../src/contract-suite/raw-http";
import { basic } from "../harness/bearer-tokens";

const contracts = wiring.map(({ name }) => name);
let polymint: TestPolymint;
let faults: Faults;
beforeAll(async () => {
  polymint = await startPolymint({ sandbox: true, maxInFlight: 2 });
  if (polymint.faults === undefined) throw new Error("there is no sandbox");
  faults = polymint.faults;
});
afterEach(() => faults.clear());
afterAll(() => polymint.stop());

/** Sends a good request of a contract. */
async function send(contract: string, headers: Readonly<Record<string, string>> = {}, url = polymint.url): Promise<PlainResponse> {
  const request = await polymint.makeDemoRequest(contract);
  return sendRequest(url, { ...request, headers: { ...request.headers, ...headers } });
}

const arm = (fault: Omit<Fault, "contract">, contract = "abbeycross"): Promise<void> => faults.arm({ contract, times: 1, ...fault });
const parse = (answer: PlainResponse): Record<string, unknown> => JSON.parse(answer.text) as Record<string, unknown>;
const prefer = (value: string): { prefer: string } => ({ prefer: value });

describe("Prefer", () => {
  it.each(contracts)("has %s refuse a good request in its own words, and says what was applied", async (contract) => {
    const answer = await send(contract, prefer("refusal=throttled"));
    expect(answer).toMatchObject({ status: 429, headers: { "preference-applied": "refusal=throttled", "polymint-sandbox": "on" } });
    const { "preference-applied": applied } = (await send(contract, prefer("code=500"))).headers;
    expect(applied).toBe("code=500");
    expect((await send(contract)).status).toBe(200);
  });

  it("is read in several headers, with quotes, in any case, and past preferences that others understand", async () => {
    const { method, path, headers, body = "" } = await polymint.makeDemoRequest("abbeycross");
    const lines = [
      `${method} ${path} HTTP/1.1`,
      "Host: polymint.test",
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${Buffer.byteLength(body)}`,
      'prefer: respond-async, wait = 10; x="a,refusal=throttled"',
      'PREFER: foo="b\\",code=404", Code="503" , code=429, delay=1',
    ];
    const answer = await sendRaw(polymint.url, Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`));
    expect(answer).toMatchObject({ status: 503, headers: { "preference-applied": "code=503, delay=1" } });
  });

  it("is answered as a good request where it asks for 200, or for what it does not understand", async () => {
    expect(await send("abbeycross", prefer("code=200"))).toMatchObject({ status: 200, headers: { "preference-applied": "code=200" } });
    const answer = await send("abbeycross", prefer("return=minimal, ,;;=, refusals=throttled"));
    expect([answer.status, answer.headers["preference-applied"]]).toEqual([200, undefined]);
  });

  it("lists the statuses and refusals of the contract for one that it does not have", async () => {
    const answer = await send("abbeycross", prefer("code=418"));
    expect(answer.status).toBe(409);
    expect(parse(answer)).toMatchObject({ code: "INVALID_PARAMETER", parameter_name: "prefer" });
    expect(answer.text).toContain(
      "no request at abbeycross can be refused with 418; there are 404 (not_found), 405 (method_not_allowed), 409 (",
    );
    for (const value of ["refusal=tired", "code=abc", "delay=60001", "delay=-1", "code=503, refusal=throttled"])
      expect([value, (await send("abbeycross", prefer(value))).status]).toEqual([value, 409]);
  });

  it("costs no time that grows with the square of its length, however it is broken", async () => {
    const started = performance.now();
    for (let sent = 0; sent < 20; sent += 1) expect((await send("abbeycross", prefer(`"${'\\"'.repeat(7_000)}`))).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it("delays an answer without a place among the requests in progress, and a caller that leaves is forgotten", async () => {
    const started = performance.now();
    const waiting = [1, 2, 3].map(() => send("abbeycross", prefer("delay=300")));
    const quick = await send("abbeycross");
    expect([quick.status, performance.now() - started < 250]).toEqual([200, true]);
    expect((await Promise.all(waiting)).map(({ status }) => status)).not.toContain(undefined);
    expect(performance.now() - started).toBeGreaterThan(290);
    const issued = polymint.logs.length;
    const request = await polymint.makeDemoRequest("abbeycross");
    const { hostname, port } = new URL(polymint.url);
    const socket = connect(Number(port), hostname);
    const { method, path, headers, body = "" } = encodeRequest({ path: request.path, json: JSON.parse(request.body ?? "{}") });
    const head = Object.entries({ ...headers, host: "h", prefer: "delay=100", "content-length": String(body.length) });
    socket.write(`${method} ${path} HTTP/1.1\r\n${head.map((line) => line.join(": ")).join("\r\n")}\r\n\r\n${body}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(polymint.logs.slice(issued)).toEqual([]);
  });

  it("is ignored by a server without the sandbox, which does not say that it has one", async () => {
    const other = await polymint.startAnother({ sandbox: false });
    await arm({ refusal: "throttled" });
    const answer = await send("abbeycross", prefer("code=503"), other.url);
    expect([answer.status, answer.headers["polymint-sandbox"], answer.headers["preference-applied"]]).toEqual([200, undefined, undefined]);
    expect(await faults.list()).toHaveLength(1);
  });
});

describe("an armed fault", () => {
  it("meets as many requests as it says, at every server, in the order of arming, and one without a number comes last", async () => {
    const other = await polymint.startAnother();
    await faults.arm({ contract: "abbeycross", status: 503 });
    await arm({ refusal: "throttled", times: 2, retryAfterSeconds: 17 });
    await arm({ refusal: "server_error" });
    const answers = [await send("abbeycross"), await send("abbeycross", {}, other.url), await send("abbeycross"), await send("abbeycross")];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 500, 503]);
    expect(answers[0]?.headers["retry-after"]).toBe("17");
    expect((await send("firstvision")).status).toBe(200);
    expect(await faults.list()).toMatchObject([{ contract: "abbeycross", status: 503 }]);
    expect(await faults.clear("firstvision")).toBe(0);
    expect(await faults.clear("abbeycross")).toBe(1);
    expect((await send("abbeycross")).status).toBe(200);
  });

  it("names the field and the rule that it was told", async () => {
    await arm({ refusal: "invalid_request", field: "client_id", rule: "blank" });
    expect(parse(await send("abbeycross"))).toMatchObject({
      code: "MISSING_PARAMETER",
      text: "client_id must not be blank.",
      parameter_name: "client_id",
    });
  });

  it.each(["abbeycross", "firstvision", "raidiam", "weavr"])("meets only the client that the credentials name, at %s", async (contract) => {
    await arm({ refusal: "throttled", clientId: "another" }, contract);
    expect((await send(contract)).status).toBe(200);
    await arm({ refusal: "throttled", clientId: polymint.clients[contract]?.clientId ?? "" }, contract);
    expect((await send(contract)).status).toBe(429);
  });

  it("meets a service too", async () => {
    await arm({ status: 503 }, "discovery");
    const keys = { method: "GET", path: "/.well-known/jwks.json", headers: {} } as const;
    expect(await sendRequest(polymint.url, keys)).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect((await sendRequest(polymint.url, keys)).status).toBe(200);
  });

  it("resets the connection after the token was issued", async () => {
    await arm({ drop: "reset" });
    const before = polymint.logs.length;
    await expect(send("abbeycross")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(polymint.logs.slice(before)).toMatchObject([{ outcome: "ok", jti: expect.any(String) as string }]);
  });

  it("sends half of the body that Content-Length promised", async () => {
    await arm({ drop: "truncate" });
    const request = await polymint.makeDemoRequest("abbeycross");
    const response = await fetch(`${polymint.url}${request.path}`, { ...request, body: request.body ?? null });
    const promised = Number(response.headers.get("content-length"));
    let got = 0;
    const reading = (async () => {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) got += chunk.length;
    })();
    await expect(reading).rejects.toThrow("terminated");
    expect([response.status, got]).toEqual([200, Math.floor(promised / 2)]);
  });

  it.each<[string, Fault, string]>([
    [
      "an unknown contract",
      { contract: "nowhere", refusal: "throttled" },
      "there is no contract or service nowhere; there are abbeycross,",
    ],
    ["a probe", { contract: "health", status: 503 }, "there is no contract or service health"],
    [
      "a status that is not declared",
      { contract: "raidiam", status: 402 },
      "no request at raidiam can be refused with 402; there are 400 (",
    ],
    [
      "a refusal with another status",
      { contract: "raidiam", status: 503, refusal: "throttled" },
      "no request at raidiam is refused as throttled with 503",
    ],
    ["nothing at all", { contract: "raidiam" }, "nothing would go wrong"],
    ["a spoilt token in a refusal", { contract: "raidiam", refusal: "throttled", expired: true }, "gets no token"],
    ["a spoilt token of a service", { contract: "oauth2", badSignature: true }, "oauth2 issues no tokens"],
    ["a field without a refusal", { contract: "raidiam", delayMs: 1, field: "scope" }, "belongs to a refusal"],
    [
      "a client where requests name none",
      { contract: "userinfo", status: 503, clientId: "a" },
      "the requests of userinfo do not name their client",
    ],
    [
      "a delay of more than a minute",
      { contract: "raidiam", delayMs: 60_001 },
      "the delay in milliseconds must be a whole number from 0 to 60000",
    ],
    ["claims that are too long", { contract: "raidiam", claims: { a: "x".repeat(5000) } }, "the claims are longer than 4096 characters"],
  ])("is refused for %s, with a sentence that helps", async (_what, fault, sentence) => {
    await expect(faults.arm(fault)).rejects.toThrow(sentence);
    expect(await faults.list()).toEqual([]);
  });
});

describe("a spoilt token", () => {
  /** @returns the access token of an answer in the contract's own form */
  const findToken = (answer: PlainResponse): string => /[\w-]+\.[\w-]+\.[\w-]+/.exec(answer.text)?.[0] ?? "";

  async function introspect(token: string): Promise<Record<string, unknown>> {
    const { client, secret } = await polymint.register({
      contracts: ["screening-eagle"],
      services: ["introspection"],
      authMethods: ["client_secret_basic"],
    });
    const headers = { authorization: basic(client.id, secret?.value ?? ""), "content-type": "application/x-www-form-urlencoded" };
    return parse(await sendRequest(polymint.url, { method: "POST", path: "/oauth2/introspect", headers, body: `token=${token}` }));
  }

  it.each(contracts)("has the claims that were asked for, in the form of %s", async (contract) => {
    await arm({ claims: { aud: "elsewhere", sub: null } }, contract);
    const claims = decode(findToken(await send(contract)));
    expect(claims).toMatchObject({ aud: "elsewhere", iss: polymint.issuer });
    expect(claims).not.toHaveProperty("sub");
    expect(JSON.stringify(decode(findToken(await send(contract))))).not.toContain("elsewhere");
  });

  it("that has expired still says how long it lives, and introspection says that it is inactive", async () => {
    await arm({ expired: true });
    const answer = await send("abbeycross");
    const now = polymint.clock() / 1000;
    expect(parse(answer)).toMatchObject({ expires_in: 3600 });
    expect(decode(findToken(answer))).toMatchObject({ iat: now - 3660, exp: now - 60 });
    expect(await introspect(findToken(answer))).toEqual({ active: false });
  });

  it("with a wrong signature, or the name of a key that is not published, is inactive", async () => {
    const published = await sendRequest(polymint.url, { method: "GET", path: "/.well-known/jwks.json", headers: {} });
    const isPublished = (token: string): boolean => published.text.includes(decode(token, { complete: true })?.header.kid ?? "no kid");
    await arm({ badSignature: true });
    await arm({ wrongKid: true });
    const tokens = [findToken(await send("abbeycross")), findToken(await send("abbeycross")), findToken(await send("abbeycross"))];
    expect(tokens.map(isPublished)).toEqual([true, false, true]);
    expect(await Promise.all(tokens.map(async (token) => (await introspect(token)).active))).toEqual([false, false, true]);
  });

  it("of a wrong clock is issued at that time, and the next one is not", async () => {
    await arm({ clockSeconds: 7200 });
    const now = polymint.clock() / 1000;
    expect(decode(findToken(await send("abbeycross")))).toMatchObject({ iat: now + 7200, exp: now + 10_800 });
    await arm({ clockSeconds: -86_400 });
    expect(decode(findToken(await send("abbeycross")))).toMatchObject({ iat: now - 86_400 });
    expect(decode(findToken(await send("abbeycross")))).toMatchObject({ iat: now });
  });
});
