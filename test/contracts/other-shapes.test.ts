import { everyContract } from "../../src/contract-suite";
import { findToken } from "../../src/contract-suite/find-token";
import { findWrongLifetimes } from "../../src/contract-suite/lifetime";
import { type DemoRequest } from "../../src/contracts/demo";
import { encodeRequest, sendRequest, startPolymint, type PlainResponse, type TestPolymint } from "../../src/testkit";
import { registerAssertionClient } from "../harness/assertion-client";
import { ember, tide } from "../harness/other-contracts";

everyContract({ name: "tide", wiring: [tide] });
everyContract({ name: "ember", wiring: [ember] });

it("the suite finds members that say another lifetime than the token has", () => {
  const find = (members: object) =>
    findWrongLifetimes(JSON.stringify({ data: { token: "t", ...members } }), "t", { lifetimeSeconds: 60, expiresAt: 1_768_478_460 });
  const date = "2026-01-15T12:01:00Z";
  const right = {
    expires_in: 60,
    ttl: "60",
    expiresAt: 1_768_478_460,
    expires: 1_768_478_460_000,
    validUntil: date,
    refresh_expires_in: 9,
  };
  expect(find(right)).toEqual([]);
  expect(find({ expires_in: 3600, ttl: "61", validUntil: "2026-01-15T12:02:00Z" })).toHaveLength(3);
});

describe("operations that issue no token, of contracts with a prefix and a host", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ wiring: [tide, ember] });
  });
  afterAll(() => polymint.stop());

  const send = (host: string, request: DemoRequest): Promise<PlainResponse> =>
    sendRequest(polymint.url, encodeRequest({ ...request, headers: { Host: host } }));

  it("are answered by the service that they name, only there and for the contract's clients", async () => {
    const token = findToken(await polymint.sendDemoRequest("tide"));
    const { clientId = "", secret = "" } = polymint.clients.tide ?? {};
    const revoke = { path: "/tide/realms/north/revoke", form: { token, client_id: clientId, client_secret: secret } };
    expect((await send("polymint.test", revoke)).status).toBe(404);
    expect((await send("auth.tide.example", { ...revoke, path: "/realms/north/revoke" })).status).toBe(404);
    expect((await send("auth.tide.example", { ...revoke, path: "/tide/realms/far-too-long/revoke" })).status).toBe(400);
    const findRevoked = () => polymint.database.build((knex) => knex("issued_tokens").whereNotNull("revoked_at").select("dialect"));
    expect(await findRevoked()).toEqual([]);
    expect((await send("auth.tide.example", revoke)).status).toBe(200);
    expect(await findRevoked()).toEqual([{ dialect: "tide" }]);
  });

  it("take assertions for the issuer, for the contract's token endpoint, and for their own address", async () => {
    const client = await registerAssertionClient(polymint, { contracts: [], services: ["introspection"] });
    const at = "http://auth.ember.example/forge/ember";
    const audiences = {
      [polymint.issuer]: 200,
      [at]: 200,
      [`${at}/checks`]: 200,
      [`${at}/elsewhere`]: 401,
      "http://auth.ember.example": 401,
    };
    for (const [audience, status] of Object.entries(audiences)) {
      const answer = await send("auth.ember.example", { path: "/forge/ember/checks", form: { token: "x", ...client.proof(audience) } });
      expect([audience, answer.status]).toEqual([audience, status]);
    }
    const elsewhere = await send("polymint.test", { path: "/oauth2/introspect", form: { token: "x", ...client.proof(at) } });
    expect(elsewhere.status).toBe(401);
  });

  it("are answered in the contract's shape if they are left out", async () => {
    const answer = await send("auth.tide.example", { method: "GET", path: "/tide/realms/north/ask" });
    expect([answer.status, answer.text]).toEqual([404, '{"fault":"not_found"}']);
  });
});
