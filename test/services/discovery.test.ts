import { decode } from "jsonwebtoken";
import { createPublicKey, type JsonWebKey } from "node:crypto";
import request, { type Response, type Test } from "supertest";
import { wiring } from "../../generated/wiring";
import { createApp } from "../../src/app";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { appOptionsOf } from "../harness/app-options";
import { mustConform } from "../harness/conformance";
import type { FaultyWire } from "../../src/contract-suite/faulty-wire";
import { postBytes } from "../harness/post-bytes";
import { sendRaw } from "../../src/contract-suite/raw-http";
import { tokenOf } from "../harness/bearer-tokens";
import { contractNames } from "../harness/token-requests";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";
import { withoutTable } from "../../src/contract-suite/tables";

const path = "/.well-known/jwks.json";

async function expectResponse(status: number, test: Test | Promise<Response>): Promise<Response> {
  const response = await test;
  expect(response.status).toBe(status);
  mustConform(response, "discovery", path, "get");
  return response;
}
async function readKeys(polymint: TestPolymint): Promise<JsonWebKey[]> {
  return ((await expectResponse(200, request(polymint.url).get(path))).body as { keys: JsonWebKey[] }).keys;
}

describe("GET /.well-known/jwks.json", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  it("publishes a key for each algorithm in use, with public members only", async () => {
    const keys = await readKeys(polymint);
    const membersOf = (key: JsonWebKey | undefined) => Object.keys(key ?? {}).sort();
    expect(keys.map(({ alg }) => alg).sort()).toEqual(["ES256", "RS256"]);
    const es256 = keys.find(({ alg }) => alg === "ES256");
    const rs256 = keys.find(({ alg }) => alg === "RS256");
    expect(membersOf(es256)).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    expect(es256).toMatchObject({ kty: "EC", crv: "P-256", use: "sig" });
    expect(membersOf(rs256)).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
    expect(rs256).toMatchObject({ kty: "RSA", use: "sig" });
    expect(createPublicKey({ key: rs256 ?? {}, format: "jwk" }).asymmetricKeyDetails?.modulusLength).toBeGreaterThanOrEqual(2048);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
  });

  it("has the key that each contract's tokens name", async () => {
    const keys = await readKeys(polymint);
    for (const contract of contractNames) {
      const header = decode(await tokenOf(polymint, contract), { complete: true })?.header;
      expect(keys.find(({ kid }) => kid === header?.kid)).toMatchObject({ alg: header?.alg });
    }
  });

  it("is JSON and may be cached for five minutes", async () => {
    const { headers } = await expectResponse(200, request(polymint.url).get(path));
    expect(headers["cache-control"]).toBe("public, max-age=300");
    expect(headers["content-type"]).toMatch(/^application\/json/);
  });

  it("answers HEAD like GET, without the body", async () => {
    const get = await request(polymint.url).get(path);
    const head = await request(polymint.url).head(path).expect(200);
    expect(head.text).toBeFalsy();
    for (const name of ["cache-control", "content-type", "content-length"]) expect(head.headers[name]).toBe(get.headers[name]);
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("answers %s with 405 and Allow", async (method) => {
    const { status, headers, body } = await sendRaw(polymint.url, `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    expect(status).toBe(405);
    expect(headers.allow).toContain("GET");
    mustConform({ status, headers, text: body }, "discovery", path, "get");
  });

  it("refuses a body and an unreadable query, answers 404 elsewhere, and lets none of it be cached", async () => {
    const withBody = `GET ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx`;
    const { status, headers, body } = await sendRaw(polymint.url, withBody);
    const answers = [
      await expectResponse(400, Promise.resolve({ status, headers, text: body } as unknown as Response)),
      await expectResponse(400, request(polymint.url).get(`${path}?a=%zz`)),
      await expectResponse(400, request(polymint.url).get(`${path}?a=%00`)),
      await expectResponse(404, request(polymint.url).get(`${path}/`)),
      await expectResponse(404, request(polymint.url).get(path.toUpperCase())),
      await expectResponse(405, postBytes(`${polymint.url}${path}`, "x", {})),
    ];
    for (const response of answers) expect(response.headers["cache-control"]).toBe("no-store");
  });

  it("ignores a readable query", async () => {
    await expectResponse(200, request(polymint.url).get(`${path}?x=1`));
  });
});

describe("GET /.well-known/jwks.json, with a shared secret", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ algorithms: new Map([["abbeycross", "HS256"]]) });
  });
  afterAll(() => polymint.stop());

  it("does not publish the secret", async () => {
    const header = decode(await tokenOf(polymint, "abbeycross"), { complete: true })?.header;
    expect(header?.alg).toBe("HS256");
    const keys = await readKeys(polymint);
    expect(keys.map(({ kid }) => kid)).not.toContain(header?.kid);
    expect(keys.some((key) => key.kty === "oct" || key.k !== undefined)).toBe(false);
  });
});

describe("createApp", () => {
  it("refuses a shared secret for the id tokens of a contract that identifies persons", async () => {
    const polymint = await startPolymint();
    for (const { name, policy } of wiring) {
      const create = () => createApp({ ...appOptionsOf(polymint), tokens: { algorithms: new Map([[name, "HS256"]]) } });
      if (policy.identifiesPersons) expect(create).toThrow(`The algorithm of ${name} must be ES256, RS256 or PS256`);
      else await create().warmed;
    }
    await polymint.stop();
  });
});

describe("GET /.well-known/jwks.json, during faults", () => {
  let polymint: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ polymint, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 1000 }));
  });
  afterAll(() => stop());

  it("answers 503, not to be cached, while the database is unreachable, and recovers", async () => {
    wire.cut();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const away = await expectResponse(503, request(polymint.url).get(path));
    expect(away.headers["cache-control"]).toBe("no-store");
    wire.mend();
    expect(await readKeys(polymint)).toHaveLength(2);
  });

  it("answers an unforeseen failure with 500", async () => {
    const response = await withoutTable(polymint, "signing_keys", async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      return request(polymint.url).get(path);
    });
    await expectResponse(500, Promise.resolve(response));
    expect(response.text).not.toContain("signing_keys");
  });
});

describe("GET /.well-known/jwks.json, at capacity", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ maxInFlight: 0 });
  });
  afterAll(() => polymint.stop());

  it("answers 429", async () => {
    await expectResponse(429, request(polymint.url).get(path));
  });
});
