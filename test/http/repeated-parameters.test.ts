import request, { type Response, type Test } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { jwtBearer } from "../harness/assertion-client";
import { basic } from "../harness/bearer-tokens";
import { registerDevice } from "../harness/device-client";
import { registerApp } from "../harness/screening-eagle-app";
import { tokenPaths } from "../harness/token-requests";

let polymint: TestPolymint;
beforeAll(async () => {
  polymint = await startPolymint();
});
afterAll(() => polymint.stop());

const resources = "resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example&resource=";

const post = (path: string, form: string, authorization?: string): Test => {
  const test = request(polymint.url).post(path).type("form");
  return (authorization === undefined ? test : test.set("Authorization", authorization)).send(form);
};
const basicOf = (contract: string) => basic(`demo-${contract}`, polymint.clients[contract]?.secret ?? "");
const makeRaidiamForm = () =>
  new URLSearchParams({
    client_assertion_type: jwtBearer,
    client_assertion: polymint.clients.raidiam.assertion(polymint.issuer),
  }).toString();

/** A good request of each kind, with what is added to its form, if it has one, and to its query. */
const requests: Record<string, (inForm: string, inQuery: string) => PromiseLike<Response>> = {
  raidiam: (inForm, inQuery) => post(`${tokenPaths.raidiam}?${inQuery}`, `${makeRaidiamForm()}&${inForm}`),
  "screening-eagle": (inForm, inQuery) =>
    post(
      `${tokenPaths["screening-eagle"]}?${inQuery}`,
      `grant_type=client_credentials&scope=inspect&${inForm}`,
      basicOf("screening-eagle"),
    ),
  firstvision: (_inForm, inQuery) =>
    request(polymint.url).post(`${tokenPaths.firstvision}?scope=edit&${inQuery}`).set("Authorization", basicOf("firstvision")),
  "device authorization": async (inForm, inQuery) =>
    post(`/device_authorization?${inQuery}`, `client_id=${await registerDevice(polymint)}&${inForm}`),
  revocation: (inForm, inQuery) => post(`/oauth2/revoke?${inQuery}`, `token=x&${inForm}`, basicOf("firstvision")),
  "userinfo by POST": async (inForm, inQuery) => {
    const { access_token } = await (await registerApp(polymint)).tokens();
    return post(`/userinfo?${inQuery}`, `access_token=${access_token}&${inForm}`);
  },
};

async function statusOf(name: string, inForm: string, inQuery = ""): Promise<number> {
  return (await requests[name]?.(inForm, inQuery))?.status ?? 0;
}

describe.each(Object.keys(requests))("a repeated parameter of a request to %s", (name) => {
  it("is ignored where the operation does not declare it (RFC 6749 §3.2, RFC 8707 §2)", async () => {
    expect(await statusOf(name, resources, resources)).toBe(200);
  });
});

describe("a declared parameter", () => {
  it.each([
    ["raidiam", "scope=directory%3Asoftware&scope=directory%3Asoftware", ""],
    ["raidiam", "device_code=a&device_code=b", ""],
    ["screening-eagle", "scope=inspect", ""],
    ["firstvision", "", "scope=edit"],
    ["device authorization", "scope=a&scope=a", ""],
    ["revocation", "token=x", ""],
    ["revocation", "token_type_hint=a&token_type_hint=b", ""],
    ["userinfo by POST", "access_token=x", ""],
  ])("of a request to %s is refused with 400 if it comes twice: %s%s", async (name, inForm, inQuery) => {
    expect(await statusOf(name, inForm, inQuery)).toBe(400);
  });

  it("of the body is unknown in the query, and may repeat there", async () => {
    expect(await statusOf("raidiam", "", "scope=a&scope=b")).toBe(200);
  });
});

it("a way of authentication that raidiam does not declare is refused beside another one, once or twice", async () => {
  expect(await statusOf("raidiam", "client_secret=x")).toBe(400);
  expect(await statusOf("raidiam", "client_secret=x&client_secret=x")).toBe(400);
});

it("a request with more than a hundred parameters is refused, of whatever name", async () => {
  const many = (count: number) => Array.from({ length: count }, () => "resource=1").join("&");
  expect(await statusOf("raidiam", many(98))).toBe(200);
  expect(await statusOf("raidiam", many(99))).toBe(400);
});
