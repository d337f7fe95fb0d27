import { randomUUID } from "node:crypto";
import { sendRaw } from "../../src/contract-suite/raw-http";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { basic } from "../harness/bearer-tokens";
import { mustConform } from "../harness/conformance";
import { tokenPaths } from "../harness/token-requests";
import { sendTraffic } from "../harness/watched-traffic";
import { send } from "../qualities/bad-input/request-builder";

let polymint: TestPolymint;
beforeAll(async () => {
  polymint = await startPolymint({ sandbox: true });
});
afterAll(() => polymint.stop());

const json = { "content-type": "application/json" };

function post(path: string, body: string, headers: Record<string, string> = json): Promise<Response> {
  return fetch(`${polymint.url}${path}`, { method: "POST", headers, body });
}

const requestToken = (secret = polymint.clients.abbeycross.secret): Promise<Response> =>
  post(tokenPaths.abbeycross, JSON.stringify({ client_id: polymint.clients.abbeycross.clientId, client_secret: secret }));

async function takeLast() {
  const [last] = await polymint.requests({ limit: 1 });
  return last;
}

describe("the recorder", () => {
  it("keeps a request and its answer without their secrets", async () => {
    const answer = await requestToken();
    expect(answer.status).toBe(200);
    const { clientId } = polymint.clients.abbeycross;
    expect(await takeLast()).toMatchObject({
      ...{ contract: "abbeycross", operation: "issueAbbeycrossToken", clientId, method: "POST", path: "/v1/oauth/token", status: 200 },
      refusal: null,
      at: polymint.clock(),
      request: { headers: { "content-type": "application/json" }, body: { client_id: clientId, client_secret: "[redacted]" } },
      answer: { body: { access_token: expect.stringMatching(/^\[JWT: alg [A-Z]+256, .*exp \d+\]$/) as string } },
    });
  });

  it("keeps a refused request with the server's own reason", async () => {
    await requestToken("a-wrong-secret");
    expect(await takeLast()).toMatchObject({
      status: 409,
      refusal: "invalid_client",
      clientId: null,
      request: { body: { client_id: "[redacted]" } },
    });
  });

  it("keeps a request that cannot be read", async () => {
    const before = (await takeLast())?.id ?? 0;
    await post(tokenPaths.abbeycross, '{"client_secret": "never-to-be-seen"');
    await post(tokenPaths.weavr, "x", { "content-type": "text/never-to-be-seen" });
    await send(polymint.url, { method: "POST", path: "/v2/oauth/token?never-to-be-seen=%ff", query: [], headers: [] });
    const kept = await polymint.requests({ after: before });
    expect(kept.map(({ contract, status }) => [contract, status])).toEqual([
      ["abbeycross", 409],
      ["weavr", 415],
      [null, expect.any(Number)],
    ]);
    expect(kept[0]?.request.body).toBe("[36 bytes that could not be read]");
    expect(kept[2]?.path).toBe("/v2/oauth/token");
    expect((await sendRaw(polymint.url, Buffer.from("no HTTP\r\n\r\n"))).headers["polymint-sandbox"]).toBe("on");
  });

  it("keeps what no database can store, and does not end for what no stack can hold", async () => {
    const before = (await takeLast())?.id ?? 0;
    const [header, claims] = [`{"alg":${"[".repeat(9_000)}${"]".repeat(9_000)}}`, "{}"].map((part) =>
      Buffer.from(part).toString("base64url"),
    );
    for (const [scope, secret] of [
      ["a\\u0000b", "x"],
      ["a\\ud800b", "x"],
      ["a", `${header}.${claims}.`],
    ])
      await post(tokenPaths.abbeycross, `{"client_id":"a","client_secret":"${secret}","scope":"${scope}"}`);
    const kept = await polymint.requests({ after: before });
    expect(kept.map(({ request }) => request.body)).toMatchObject([
      { scope: "a\uFFFDb" },
      { scope: "a\uFFFDb" },
      { client_secret: "[JWT: alg […]]" },
    ]);
  });

  it("looks for secrets no longer than it takes, however many a request has", async () => {
    const fill = (lists: number, items: number, text: (at: number) => string) =>
      Array.from({ length: lists }, (_list, at) => Array.from({ length: items }, (_item, place) => text(at * items + place)));
    const body = JSON.stringify({ a: fill(100, 60, (at) => `${at.toString(36)}zz`), type: fill(30, 90, () => "z") });
    const started = performance.now();
    for (let sent = 0; sent < 3; sent += 1) await post(tokenPaths.abbeycross, body);
    expect(performance.now() - started).toBeLessThan(2_500);
  });

  it("keeps what a fault did, also where the connection ended before the answer", async () => {
    await polymint.next("abbeycross", { refusal: "throttled", retryAfterSeconds: 7 });
    await polymint.next("abbeycross", { drop: "reset" });
    expect((await requestToken()).headers.get("retry-after")).toBe("7");
    await expect(requestToken()).rejects.toThrow("fetch failed");
    const [throttled, dropped] = (await polymint.requests({ contract: "abbeycross" })).slice(-2);
    expect(throttled).toMatchObject({ status: 429, refusal: "throttled", answer: { headers: { "retry-after": "7" } } });
    expect(dropped).toMatchObject({ contract: "abbeycross", status: null });
  });

  it("names a secret nowhere, wherever clients put it", async () => {
    const marker = randomUUID();
    const secrets = await sendTraffic(polymint);
    const stray = `stray-${marker}`;
    const { clientId, secret } = polymint.clients["screening-eagle"];
    const form = { "content-type": "application/x-www-form-urlencoded", authorization: basic(clientId, secret) };
    await post(tokenPaths["screening-eagle"], stray, form);
    await post(tokenPaths["screening-eagle"], `grant_type=${stray}&code=${stray}&redirect_uri=${stray}`, form);
    await post(tokenPaths.abbeycross, JSON.stringify({ client_id: stray, client_secret: stray, [stray]: [stray, { [stray]: stray }] }));
    await post(`/${stray}/${secret}?${stray}=${stray}`, stray, {
      ...json,
      "x-own": stray,
      cookie: `a=${stray}`,
      authorization: `Own ${stray}`,
    });
    const basicOf = (password: string) => `Basic ${Buffer.from(`${stray}:${password}`).toString("base64")}`;
    const scopes = `scope=${"a".repeat(490)}${stray}`;
    await post(tokenPaths["screening-eagle"], `client_secret=${stray}&${scopes}`, form);
    await post(tokenPaths["screening-eagle"], scopes, {
      ...form,
      authorization: basicOf(`%73${stray.slice(1)}:2`),
      "user-agent": `${stray}:2`,
    });
    await post(tokenPaths.abbeycross, "{}", { ...json, [stray]: "1", [`x-${stray}`]: "1" });
    await fetch(`${polymint.url}/authorize?redirect_uri=https://a:${stray}@app.example/&scope=eyJ${stray}.${stray}`);
    await post(
      tokenPaths.abbeycross,
      JSON.stringify({ scope: stray, ...Object.fromEntries([...Array(150).keys()].map((at) => [`${at}`, stray])) }),
    );
    await polymint.requests();
    const { rows } = await polymint.database.query<{ text: string }>(
      { name: "all_exchanges", text: "SELECT exchange::text || coalesce(client_id, '') AS text FROM sandbox_exchanges" },
      [],
    );
    expect(rows.length).toBeGreaterThan(5);
    for (const each of [...secrets, stray.slice(0, 12), secret]) expect(rows.filter(({ text }) => text.includes(each))).toEqual([]);
  });
});

describe("GET /sandbox/requests", () => {
  const read = async (query = "", url = polymint.url) => {
    const answer = await send(url, { method: "GET", path: `/sandbox/requests${query}`, query: [], headers: [] });
    mustConform(answer, "recorder", "/sandbox/requests", "get");
    return answer;
  };
  const parse = (text: string) => (JSON.parse(text) as { requests: { id: number; contract: string }[] }).requests;

  it("lists the newest, and with `after` those that followed", async () => {
    await requestToken();
    const [newest] = parse((await read("?limit=1")).text);
    await requestToken();
    await sendFirstvision();
    const later = parse((await read(`?after=${String(newest?.id)}`)).text);
    expect(later.map(({ contract }) => contract)).toEqual(["abbeycross", "firstvision"]);
    expect(parse((await read(`?after=${String(newest?.id)}&contract=firstvision&client=demo-firstvision`)).text)).toHaveLength(1);
    expect(parse((await read("?client=another")).text)).toEqual([]);
  });

  it("refuses parameters that are not valid", async () => {
    expect((await read("?limit=1001")).status).toBe(400);
    expect((await read("?after=x")).status).toBe(400);
  });

  it("is not there without the sandbox, which records nothing", async () => {
    await using without = await startPolymint();
    expect((await read("", without.url)).status).toBe(404);
    await expect(without.requests()).rejects.toThrow("startPolymint({ sandbox: true })");
    await expect(without.next("weavr", { status: 429 })).rejects.toThrow("startPolymint({ sandbox: true })");
    await without.sendDemoRequest("abbeycross");
    expect(without.statements.filter((sql) => sql.includes("sandbox_"))).toEqual([]);
  });

  async function sendFirstvision(): Promise<void> {
    const { clientId, secret } = polymint.clients.firstvision;
    await post(`${tokenPaths.firstvision}?scope=edit`, "", { authorization: basic(clientId, secret) });
  }
});

describe("what the recorder keeps", () => {
  it("is the newest thousand, and a database that fails costs no request", async () => {
    const insert = {
      name: "many",
      text: "INSERT INTO sandbox_exchanges (at, exchange) SELECT now(), '{}'::json FROM generate_series(1, 1200)",
    };
    await polymint.database.query(insert, []);
    expect((await requestToken()).status).toBe(200);
    const kept = await polymint.requests({ limit: 2_000 });
    expect(kept).toHaveLength(1_000);
    expect(kept.at(-1)?.contract).toBe("abbeycross");
    await polymint.database.build((knex) => knex.raw("ALTER TABLE sandbox_exchanges RENAME TO away"));
    expect((await requestToken()).status).toBe(200);
    await polymint.requests().catch(() => undefined);
    await polymint.database.build((knex) => knex.raw("ALTER TABLE away RENAME TO sandbox_exchanges"));
    await requestToken();
    expect((await takeLast())?.status).toBe(200);
  });
});

describe("the page /sandbox", () => {
  it("shows what waits and what came, without a script too", async () => {
    await using own = await startPolymint({ sandbox: true, frontDoor: {} });
    await own.always("weavr", { delayMs: 1 });
    await own.sendDemoRequest("abbeycross");
    const answer = await fetch(`${own.url}/sandbox`, { headers: { accept: "text/html" } });
    const text = await answer.text();
    expect(answer.status).toBe(200);
    for (const part of ["delayMs: 1", "POST /v1/oauth/token", "demo-abbeycross", ">Reload</a>"]) expect(text).toContain(part);
    expect(text).not.toContain(own.clients.abbeycross.secret);
    expect((await own.requests()).map(({ path }) => path)).toEqual(["/v1/oauth/token"]);
  });
});
