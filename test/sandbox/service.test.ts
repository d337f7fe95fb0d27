/** `/sandbox/arms`, by which tests in other languages arm faults. */
import request, { type Response } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";

const path = "/sandbox/arms";
let polymint: TestPolymint;
beforeAll(async () => {
  polymint = await startPolymint({ sandbox: true });
});
afterEach(() => polymint.faults?.clear());
afterAll(() => polymint.stop());

type Method = "get" | "post" | "delete";

/** Sends a request and checks the answer against the spec. */
async function call(method: Method, { query = "", body = undefined as object | undefined, url = polymint.url } = {}): Promise<Response> {
  const target = request(url);
  const answer = await target[method](path + query).send(body);
  mustConform(answer, "sandbox", path, method);
  return answer;
}

describe("/sandbox/arms", () => {
  it("arms what a fault can be, lists it, and clears it", async () => {
    const fault = {
      ...{ contract: "abbeycross", client_id: "acme", times: 3, delay_ms: 5, drop: "truncate", clock_seconds: -60 },
      ...{ claims: { aud: ["a", "b"], sub: null }, expired: true, bad_signature: true, wrong_kid: true },
    };
    expect(await call("post", { body: fault })).toMatchObject({ status: 201, body: fault });
    const refusal = { contract: "raidiam", refusal: "invalid_request", status: 400, field: "scope", rule: "blank", retry_after_seconds: 9 };
    expect(await call("post", { body: { ...refusal, expired: false } })).toMatchObject({ status: 201, body: refusal });
    const armed_at = new Date(polymint.clock()).toISOString();
    expect((await call("get")).body).toEqual({
      faults: [
        { ...fault, armed_at },
        { ...refusal, armed_at },
      ],
    });
    expect((await call("delete", { query: "?contract=raidiam" })).body).toEqual({ cleared: 1 });
    expect((await call("delete")).body).toEqual({ cleared: 1 });
    expect((await call("get")).body).toEqual({ faults: [] });
  });

  it("has the next request of the contract refused, but never one of its own", async () => {
    await call("post", { body: { contract: "abbeycross", refusal: "throttled", times: 1 } });
    expect((await request(polymint.url).get(path).set("Prefer", "code=503")).status).toBe(200);
    expect((await polymint.sendDemoRequest("abbeycross")).status).toBe(429);
    expect((await polymint.sendDemoRequest("abbeycross")).status).toBe(200);
  });

  it.each<[string, object, string]>([
    ["an unknown contract", { contract: "nowhere", status: 503 }, "there is no contract or service nowhere; there are abbeycross,"],
    [
      "a status that is not declared",
      { contract: "abbeycross", status: 402 },
      "no request at abbeycross can be refused with 402; there are 404 (not_found)",
    ],
    ["an unknown refusal", { contract: "abbeycross", refusal: "tired" }, "there is no such refusal"],
    ["a misspelt member", { contract: "abbeycross", refusals: "throttled" }, "refusals must NOT have additional properties"],
    ["no contract", { status: 503 }, "contract is required"],
    ["its own operations", { contract: "sandbox", status: 503 }, "there is no contract or service sandbox"],
  ])("answers 400 to %s, with a sentence that helps", async (_what, body, sentence) => {
    const answer = await call("post", { body });
    expect([answer.status, (answer.body as { error_description: string }).error_description]).toEqual([
      400,
      expect.stringContaining(sentence),
    ]);
  });

  it("answers every other status that its spec declares in its own form", async () => {
    const full = await polymint.startAnother({ sandbox: true, maxInFlight: 0 });
    const starting = await polymint.startAnother({ sandbox: true, starting: true });
    const off = await polymint.startAnother({ sandbox: false });
    const body = { contract: "abbeycross", status: 503 };
    for (const method of ["get", "post", "delete"] as const) {
      const own = method === "post" ? { body } : {};
      const statuses = [full, starting, off].map(async ({ url }) => (await call(method, { ...own, url })).status);
      expect(await Promise.all(statuses)).toEqual([429, 503, 404]);
    }
    expect((await request(polymint.url).put(path)).headers.allow).toBe("GET, POST, DELETE, HEAD");
    expect((await call("delete", { query: `?contract=${"x".repeat(101)}` })).status).toBe(400);
    const post = () => request(polymint.url).post(path);
    expect((await post().set("Content-Type", "text/plain").send("{}")).status).toBe(415);
    expect((await post().send({ contract: "x".repeat(70_000) })).status).toBe(413);
  });

  it("cannot be called from another site's page, whose browser may send neither JSON nor DELETE unasked", async () => {
    const from = (origin: string, type = "application/json") =>
      request(polymint.url).post(path).set("Content-Type", type).set("Origin", origin).send('{"contract":"abbeycross","status":503}');
    const simple = await from("https://elsewhere.example", "text/plain");
    expect([simple.status, simple.headers["access-control-allow-origin"]]).toEqual([415, undefined]);
    // A page whose name was made to lead here needs not ask.
    for (const origin of ["http://elsewhere.example:3000", "null"]) {
      expect((await from(origin)).body).toMatchObject({ error_description: expect.stringContaining("only those of http") as string });
      expect((await request(polymint.url).delete(path).set("Origin", origin)).status).toBe(400);
    }
    const own = [polymint.issuer, "http://127.0.0.1:8080", "http://[::1]:3000", "http://app.localhost", "http://polymint:3000"];
    for (const origin of own) expect((await from(origin)).status).toBe(201);
  });
});
