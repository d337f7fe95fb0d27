import express from "express";
import { wiring } from "../../generated/wiring";
import { createApp } from "../../src/app";
import { buildEngine } from "../../src/app/engine";
import { resolveOptions } from "../../src/app/options";
import { mountAllPages } from "../../src/app/pages";
import { pagePaths } from "../../src/codegen/path-clashes";
import { makeCapacity } from "../../src/http/capacity";
import { makeDeadline } from "../../src/http/deadline";
import { directPeer } from "../../src/http/peer";
import type { WiredContract } from "../../src/contracts/wire";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { appOptionsOf } from "../harness/app-options";
import { mustConform } from "../harness/conformance";
import { sendRaw } from "../../src/contract-suite/raw-http";
import { makeSmallApi, serveApis, type SmallServer } from "../harness/small-api";

const responses = { 200: { description: "Done." } };

interface TestContract {
  /** Operations beside the one that issues tokens. Each has the id `mapped`. */
  paths: object;
  answer: string;
}

/** Makes a contract with an operation that issues no token. */
function makeHarbour({ paths, answer }: TestContract): WiredContract {
  const own = wiring.find(({ name }) => name === "abbeycross") as WiredContract;
  const issuing = { "/harbour/token": Object.values(own.spec.paths)[0] as object };
  const demo = { ...own.demo, client: { ...own.demo.client, id: "demo-harbour" } };
  const operations = { ...own.operations, mapped: answer };
  return { ...own, name: "harbour", demo, operations, spec: { ...own.spec, paths: { ...issuing, ...paths } } };
}

const vendorHost = "auth.vendor.example";

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function send(url: string, method: string, target: string, host: string, headers = ""): Promise<Answer> {
  const { status, body } = await sendRaw(url, `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n${headers}\r\n`);
  return { status, body: JSON.parse(body) as Record<string, unknown> };
}

describe("two apis with the same method and path", () => {
  const ok = { description: "Done.", content: { "application/json": { schema: { type: "object" } } } };
  const query = (name: string) => [{ in: "query", name, required: true, schema: { type: "string" } }];
  const pathsOf = (id: string, prefix = "") => ({
    [`${prefix}/oauth/token`]: { post: { operationId: `issue${id}`, parameters: query(id), responses: { default: ok } } },
    [`${prefix}/${id}/{x}`]: { post: { operationId: `own${id}`, responses: { default: ok } } },
  });
  const make = (name: string, prefix?: string, host?: string) => ({
    ...makeSmallApi(name, pathsOf(name, prefix), () => Promise.resolve({ status: 200, body: { api: name } }), {
      not_found: 404,
      method_not_allowed: 405,
    }),
    address: { prefix: prefix ?? "", host },
  });
  const reader = makeSmallApi("reader", { "/oauth/token": { get: { operationId: "readToken", responses: { default: ok } } } }, () =>
    Promise.resolve({ status: 200, body: { api: "reader" } }),
  );

  let server: SmallServer;
  beforeAll(async () => {
    server = await serveApis([make("plain"), make("prefixed", "/vendor"), make("hosted", "", vendorHost), reader]);
  });
  afterAll(() => server.stop());

  const post = (target: string, host = "other.example", headers?: string) => send(server.url, "POST", target, host, headers);

  it.each([
    ["/oauth/token?plain=1", "other.example", "plain"],
    ["/vendor/oauth/token?prefixed=1", "other.example", "prefixed"],
    ["/oauth/token?hosted=1", vendorHost, "hosted"],
    ["/oauth/token?hosted=1", "AUTH.Vendor.example:8443", "hosted"],
    ["/oauth/token?hosted=1", `${vendorHost}.:8443`, "hosted"],
    ["/vendor/oauth/token?prefixed=1", vendorHost, "prefixed"],
    ["/hosted/1", vendorHost, "hosted"],
    ["/plain/1", vendorHost, "plain"],
  ])("are told apart by prefix and host: %s at %s", async (target, host, api) => {
    expect(await post(target, host)).toEqual({ status: 200, body: { api } });
  });

  it("are each validated by their own spec", async () => {
    expect((await post("/oauth/token")).body).toMatchObject({ api: "plain", problems: ["query plain required"] });
    expect((await post("/vendor/oauth/token")).body).toMatchObject({ api: "prefixed", problems: ["query prefixed required"] });
    expect((await post("/oauth/token", vendorHost)).body).toMatchObject({ api: "hosted", problems: ["query hosted required"] });
  });

  it.each([
    ["PUT", "/oauth/token", "other.example", 405, "plain"],
    ["PUT", "/oauth/token", vendorHost, 405, "hosted"],
    ["PUT", "/vendor/oauth/token", "other.example", 405, "prefixed"],
    ["POST", "/OAuth/token", "other.example", 404, "plain"],
    ["POST", "/OAuth/token", vendorHost, 404, "hosted"],
    ["POST", "/vendor/elsewhere", "other.example", 404, "prefixed"],
    ["POST", "/elsewhere", vendorHost, 404, "hosted"],
    ["POST", "/hosted/1", "other.example", 400, "reader"],
  ])("refuse each in their own shape: %s %s at %s", async (method, target, host, status, api) => {
    expect(await send(server.url, method, target, host)).toMatchObject({ status, body: { api } });
  });

  it("share a path with an api that has another method there, at every host", async () => {
    for (const host of ["other.example", vendorHost])
      expect(await send(server.url, "GET", "/oauth/token", host)).toEqual({ status: 200, body: { api: "reader" } });
  });
});

describe("a server whose contracts have addresses of their own", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({
      prefixes: new Map([
        ["abbeycross", "/vendor"],
        ["weavr", "/multi/level"],
      ]),
      hosts: new Map([
        ["raidiam", "Auth.Vendor.example"],
        ["screening-eagle", "id.example"],
      ]),
      trustedProxies: ["127.0.0.1"],
    });
  });
  afterAll(() => polymint.stop());

  it.each(["abbeycross", "weavr", "raidiam", "screening-eagle", "firstvision"])("grants the demo request of %s there", async (name) => {
    expect((await polymint.sendDemoRequest(name)).status).toBe(200);
  });

  it("answers nowhere else for a contract with a prefix or a host", async () => {
    expect((await send(polymint.url, "POST", "/v1/oauth/token", "polymint.test")).status).toBe(404);
    expect((await send(polymint.url, "POST", "/token", "polymint.test")).status).toBe(404);
    expect((await send(polymint.url, "POST", "/token", "polymint.test", `X-Forwarded-Host: ${vendorHost}\r\n`)).status).toBe(404);
    expect((await send(polymint.url, "POST", "/token", vendorHost)).status).toBe(400);
  });

  it("answers for all else at every host", async () => {
    expect((await send(polymint.url, "GET", "/health/live", vendorHost)).status).toBe(200);
    expect((await sendRaw(polymint.url, `GET /login HTTP/1.1\r\nHost: ${vendorHost}\r\n\r\n`)).status).toBe(200);
  });

  it("takes the host of a target in absolute form, whatever the header says (RFC 9112 §3.2.2)", async () => {
    expect((await send(polymint.url, "POST", `https://${vendorHost}/token`, "polymint.test")).status).toBe(400);
    expect((await send(polymint.url, "POST", `${polymint.issuer}/token`, vendorHost)).status).toBe(404);
  });

  it("publishes the endpoint with its host, and takes it as the audience of client assertions", async () => {
    const endpoint = `http://${vendorHost}/token`;
    const published = await fetch(`${polymint.url}/.well-known/oauth-authorization-server`);
    expect(await published.json()).toMatchObject({ issuer: polymint.issuer, token_endpoint: endpoint });
    const client = polymint.clients.raidiam;
    const audiences = { [endpoint]: 200, [`http://${vendorHost}/elsewhere`]: 400 };
    for (const [audience, status] of Object.entries(audiences)) {
      const made = await polymint.makeDemoRequest("raidiam", { assertion: () => client.assertion(audience) });
      const { body = "", headers } = made;
      const head = Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("");
      const answer = await sendRaw(polymint.url, `POST /token HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`);
      expect([audience, answer.status]).toEqual([audience, status]);
    }
  });

  it("refuses in the contract's shape below its prefix", async () => {
    const answer = await fetch(`${polymint.url}/vendor/v1/oauth/token`, { method: "PUT" });
    const response = { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    mustConform(response, "abbeycross", "/v1/oauth/token");
  });

  it.each([
    [{ prefixes: new Map([["raidiam", "/v1/api/oauth"]]) }, "firstvision", "raidiam", "POST /v1/api/oauth/token"],
    [
      {
        prefixes: new Map([["raidiam", "/v1/api/oauth"]]),
        hosts: new Map([
          ["raidiam", "a.example"],
          ["firstvision", "A.example"],
        ]),
      },
      "firstvision",
      "raidiam",
      "POST /v1/api/oauth/token at a.example",
    ],
  ])("does not start if two contracts answer at one address, and names the cure (%#)", (contracts, one, other, call) => {
    const cures = ["FIRSTVISION", "RAIDIAM"].flatMap((name) => [`CONTRACT_PREFIX_${name}`, `CONTRACT_HOST_${name}`]).join(" or ");
    expect(() => createApp({ ...appOptionsOf(polymint), contracts })).toThrow(
      `the contract ${one} and the contract ${other} both answer ${call}; give one another address with ${cures}`,
    );
  });

  it("has the pages that codegen knows", () => {
    const settings = resolveOptions(appOptionsOf(polymint));
    const shared = { capacity: makeCapacity(1), deadline: makeDeadline(undefined, () => false), countSource: undefined };
    const plain = { started: () => true, peerOf: directPeer, onOutcome: () => undefined };
    expect([...mountAllPages(express(), buildEngine(settings), settings, { ...shared, ...plain }).keys()].sort()).toEqual(pagePaths);
  });

  const pageClashes = pagePaths.map((path): [string, string, TestContract] => [
    `the page ${path} and the contract harbour both answer GET ${path}; give one another address with CONTRACT_PREFIX_HARBOUR`,
    "",
    { paths: { [path]: { get: { operationId: "mapped", responses } } }, answer: "readKeys" },
  ]);

  it.each<[string, string, TestContract]>([
    ...pageClashes,
    [
      "the service oauth2 and the contract harbour both answer POST /oauth2/revoke; give one another address with CONTRACT_PREFIX_HARBOUR",
      "",
      { paths: { "/oauth2/revoke": { post: { operationId: "mapped", responses } } }, answer: "introspectToken" },
    ],
    [
      "the contract harbour and the contract abbeycross both answer POST /v1/oauth/token",
      "/v1",
      { paths: { "/oauth/token": { post: { operationId: "mapped", responses } } }, answer: "revokeToken" },
    ],
  ])("does not start if %s", (message, prefix, contract) => {
    const contracts = { wiring: [makeHarbour(contract)], prefixes: new Map([["harbour", prefix === "" ? "/" : prefix]]) };
    expect(() => createApp({ ...appOptionsOf(polymint), contracts })).toThrow(message);
  });

  it.each(["/", "/docs", "/openapi/weavr.json"])("names DOCS=off as a cure if a contract answers GET %s too", (path) => {
    const wiring = [makeHarbour({ paths: { [path]: { get: { operationId: "mapped", responses } } }, answer: "readKeys" })];
    const start = (frontDoor?: object) => createApp({ ...appOptionsOf(polymint), contracts: { wiring }, frontDoor });
    expect(() => start({})).toThrow(
      `the page ${path} and the contract harbour both answer GET ${path}; give one another address with CONTRACT_PREFIX_HARBOUR, or do without the page with DOCS=off`,
    );
    expect(start).not.toThrow();
  });

  it.each<[string, TestContract]>([
    ["left out", { paths: { "/oauth2/revoke": { post: { operationId: "mapped", responses } } }, answer: "left_out" }],
    ["left to a page", { paths: { "/authorize": { get: { operationId: "mapped", responses } } }, answer: "left_out" }],
    ["left to the service there", { paths: { "/oauth2/revoke": { post: { operationId: "mapped", responses } } }, answer: "revokeToken" }],
  ])("starts with an operation at the server's own address that is %s", async (_what, contract) => {
    await createApp({ ...appOptionsOf(polymint), contracts: { wiring: [makeHarbour(contract)] } }).warmed;
  });

  it("starts if one of two contracts at one address is switched off", async () => {
    const contracts = { prefixes: new Map([["raidiam", "/v1/api/oauth"]]), enabled: ["raidiam"] };
    await createApp({ ...appOptionsOf(polymint), contracts }).warmed;
  });

  it("does not start with a prefix or a host that is none", () => {
    const start = (contracts: object) => () => createApp({ ...appOptionsOf(polymint), contracts });
    expect(start({ prefixes: new Map([["weavr", "vendor/"]]) })).toThrow("the prefix of weavr must be a path such as /vendor");
    expect(start({ hosts: new Map([["weavr", "https://a.example"]]) })).toThrow("the host of weavr must be a name");
  });
});
