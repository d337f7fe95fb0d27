import { decode } from "jsonwebtoken";
import request, { type Response, type Test } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import type { FaultyWire } from "../../src/contract-suite/faulty-wire";
import { type AssertionClient, registerAssertionClient } from "../harness/assertion-client";
import { basic, tokenOf } from "../harness/bearer-tokens";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";
import { decideDeviceRequest, pollForToken, registerDevice, requestDeviceCodes } from "../harness/device-client";
import { withoutTable } from "../../src/contract-suite/tables";

/** A response whose body has no assumed type. */
type UntypedResponse = Omit<Response, "body"> & { body: unknown };

const path = "/oauth2/revoke";

function post(polymint: TestPolymint, form: Record<string, string>, authorization = "", target = path): Test {
  const test = request(polymint.url).post(target).type("form");
  return (authorization === "" ? test : test.set("Authorization", authorization)).send(form);
}
async function expectResponse(status: number, test: Test): Promise<UntypedResponse> {
  const response = await test;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "oauth2", path);
  return response;
}
async function expectRefusal(status: number, error: string, test: Test): Promise<UntypedResponse> {
  const response = await expectResponse(status, test);
  expect(response.body).toEqual({ error, error_description: expect.any(String) as string });
  if (status === 401) expect(response.headers["www-authenticate"]).toMatch(/^Basic realm="/);
  return response;
}

/** A client of firstvision that may revoke and introspect. */
interface TokenOwner {
  authorization: string;
  token(): Promise<string>;
}
async function registerOwner(polymint: TestPolymint): Promise<TokenOwner> {
  const { client, secret } = await polymint.register({
    contracts: ["firstvision"],
    services: ["revocation", "introspection"],
    scopes: ["edit"],
  });
  const authorization = basic(client.id, secret?.value ?? "");
  const token = async () => {
    const response = await request(polymint.url).post("/v1/api/oauth/token?scope=edit").set("Authorization", authorization).expect(200);
    return (response.body as { access_token: string }).access_token;
  };
  return { authorization, token };
}

describe("POST /oauth2/revoke", () => {
  let polymint: TestPolymint;
  let owner: TokenOwner;
  let asserting: AssertionClient;
  beforeAll(async () => {
    polymint = await startPolymint();
    owner = await registerOwner(polymint);
    asserting = await registerAssertionClient(polymint, { contracts: ["raidiam"], services: ["revocation"] });
  });
  afterAll(() => polymint.stop());

  async function isActive(token: string): Promise<boolean> {
    const response = await request(polymint.url)
      .post("/oauth2/introspect")
      .type("form")
      .set("Authorization", owner.authorization)
      .send({ token })
      .expect(200);
    return (response.body as { active: boolean }).active;
  }
  async function expectRevoked(test: Test): Promise<void> {
    const response = await expectResponse(200, test);
    expect(response.text).toBe("");
  }
  const readRevokedAt = async (token: string) => {
    const { jti } = decode(token) as { jti: string };
    const rows = await polymint.database.build((knex) =>
      knex("issued_tokens").where({ jti }).select<{ revoked_at: Date | null }[]>("revoked_at"),
    );
    return rows[0]?.revoked_at?.getTime();
  };

  describe("the revocation of a token", () => {
    it("takes effect at once, and on no other token", async () => {
      const [token, other] = [await owner.token(), await owner.token()];
      expect(await isActive(token)).toBe(true);
      await expectRevoked(post(polymint, { token }, owner.authorization));
      expect(await isActive(token)).toBe(false);
      expect(await isActive(other)).toBe(true);
    });

    it("may be repeated, and keeps the first time", async () => {
      const token = await owner.token();
      await expectRevoked(post(polymint, { token }, owner.authorization));
      const first = await readRevokedAt(token);
      expect(first).toBe(Math.floor(polymint.clock() / 1000) * 1000);
      polymint.clock.advance(10);
      await expectRevoked(post(polymint, { token }, owner.authorization));
      expect(await readRevokedAt(token)).toBe(first);
    });

    it("works with any hint (RFC 7009 §2.1)", async () => {
      for (const hint of ["access_token", "refresh_token", "nonsense", ""]) {
        const token = await owner.token();
        await expectRevoked(post(polymint, { token, token_type_hint: hint, more: "x" }, owner.authorization));
        expect(await isActive(token)).toBe(false);
      }
    });

    it("works for a client with its secret in the form", async () => {
      const { client, secret } = await polymint.register({ contracts: ["abbeycross"], services: ["revocation"] });
      const credentials = { client_id: client.id, client_secret: secret?.value ?? "" };
      const response = await request(polymint.url).post("/v1/oauth/token").send(credentials).expect(200);
      const { access_token: token } = response.body as { access_token: string };
      await expectRefusal(401, "invalid_client", post(polymint, { token, ...credentials, client_secret: "wrong" }));
      expect(await isActive(token)).toBe(true);
      await expectRevoked(post(polymint, { token, ...credentials }));
      expect(await isActive(token)).toBe(false);
    });

    it.each(["firstvision", "abbeycross", "screening-eagle"] as const)(
      "works for a client of %s that is registered for no service: authentication and ownership are enough (RFC 7009 §2.1)",
      async (contract) => {
        const token = await tokenOf(polymint, contract);
        const { clientId, secret } = polymint.clients[contract];
        const own = contract === "abbeycross" ? { client_id: clientId, client_secret: secret } : {};
        await expectRevoked(post(polymint, { token, ...own }, contract === "abbeycross" ? "" : basic(clientId, secret)));
        expect(await isActive(token)).toBe(false);
      },
    );

    it("works for a public client that names itself by client_id", async () => {
      const device = await registerDevice(polymint);
      const codes = await requestDeviceCodes(polymint, { client_id: device, scope: "a b" });
      await decideDeviceRequest(polymint, codes, true);
      const response = await pollForToken(polymint, device, codes.device_code).expect(200);
      const { access_token: token } = response.body as { access_token: string };
      expect(await isActive(token)).toBe(true);
      await expectRevoked(post(polymint, { token, client_id: device }));
      expect(await isActive(token)).toBe(false);
      await expectRevoked(post(polymint, { token: "x", client_id: device }));
    });

    it("works for a client with an assertion, which is accepted once, here and at the token endpoint", async () => {
      const proof = asserting.proof();
      const response = await request(polymint.url).post("/token").type("form").send(proof).expect(200);
      const { access_token: token } = response.body as { access_token: string };
      await expectRefusal(401, "invalid_client", post(polymint, { token, ...proof }));
      expect(await isActive(token)).toBe(true);
      const another = asserting.proof(`${polymint.issuer}${path}`);
      await expectRevoked(post(polymint, { token, ...another }));
      await expectRefusal(401, "invalid_client", post(polymint, { token, ...another }));
      expect(await isActive(token)).toBe(false);
    });
  });

  describe("the revocation of an invalid token", () => {
    it("is answered with 200 if the token is unknown, malformed or of another server (RFC 7009 §2.2)", async () => {
      const [head, payload] = (await owner.token()).split(".");
      for (const token of ["x", "a.b.c", "\u00e9", `${head}.${payload}.`, "eyJhbGciOiJub25lIn0.e30.", "x".repeat(16_384)]) {
        await expectRevoked(post(polymint, { token }, owner.authorization));
      }
    });

    it("is answered with 200 if the token has expired", async () => {
      const token = await owner.token();
      polymint.clock.advance(7200);
      await expectRevoked(post(polymint, { token }, owner.authorization));
    });
  });

  describe("the refusals", () => {
    it("answer 403 for another client's token, which stays active", async () => {
      for (const contract of ["firstvision", "abbeycross", "weavr"] as const) {
        const token = await tokenOf(polymint, contract);
        await expectRefusal(403, "unauthorized_client", post(polymint, { token }, owner.authorization));
        expect(await isActive(token)).toBe(true);
        expect(await readRevokedAt(token)).toBeUndefined();
      }
    });

    it("answer 401 to a client that only names itself and is no public client", async () => {
      const token = await tokenOf(polymint, "firstvision");
      await expectRefusal(401, "invalid_client", post(polymint, { token, client_id: "demo-firstvision" }));
      await expectRefusal(401, "invalid_client", post(polymint, { token, client_id: "nobody" }));
      expect(await isActive(token)).toBe(true);
    });

    it("answer 403 to a public client for another client's token, and 401 once it is disabled", async () => {
      const token = await tokenOf(polymint, "firstvision");
      const device = await registerDevice(polymint);
      await expectRefusal(403, "unauthorized_client", post(polymint, { token, client_id: device }));
      const disabled = await registerDevice(polymint);
      await polymint.database.build((knex) => knex("clients").where("id", disabled).update("status", "disabled"));
      await expectRefusal(401, "invalid_client", post(polymint, { token, client_id: disabled }));
      expect(await isActive(token)).toBe(true);
    });

    it("answer 401 with a challenge alike to unknown clients, wrong secrets and disabled clients", async () => {
      const disabled = await polymint.register({ contracts: [], services: ["revocation"] });
      await polymint.database.build((knex) => knex("clients").where("id", disabled.client.id).update("status", "disabled"));
      const token = await owner.token();
      const authorizations = ["", basic("nobody", "x"), basic(disabled.client.id, disabled.secret?.value ?? ""), "Basic ***", "Bearer x"];
      const texts = await Promise.all(
        authorizations.map(async (each) => (await expectRefusal(401, "invalid_client", post(polymint, { token }, each))).text),
      );
      expect(new Set(texts).size).toBe(1);
      expect(await isActive(token)).toBe(true);
    });

    it("answer 400 to a form without a token, and to a token in the query", async () => {
      const token = await owner.token();
      for (const [form, target] of [
        [{}, path],
        [{ token: "" }, path],
        [{ token_type_hint: "access_token" }, path],
        [{}, `${path}?token=${token}`],
      ] as const) {
        const { body } = await expectRefusal(400, "invalid_request", post(polymint, { ...form }, owner.authorization, target));
        expect(body).toMatchObject({ error_description: "token is required." });
      }
      await expectRevoked(post(polymint, { token: "x" }, owner.authorization, `${path}?token=${token}`));
      expect(await isActive(token)).toBe(true);
    });

    it("answer 400 to two ways of authentication at once", async () => {
      const token = await owner.token();
      await expectRefusal(400, "invalid_request", post(polymint, { token, client_id: "x", client_secret: "y" }, owner.authorization));
      await expectRefusal(400, "invalid_request", post(polymint, { token, ...asserting.proof() }, owner.authorization));
      expect(await isActive(token)).toBe(true);
    });

    it.each([
      ["a repeated token", "token=a&token=b"],
      ["a broken escape", "token=%zz"],
      ["a NUL", "token=%00"],
      ["bytes that are not UTF-8", "token=%ff"],
      ["a token too long", `token=${"x".repeat(16_385)}`],
    ])("answer 400 to a form with %s", async (_what, form) => {
      const test = request(polymint.url).post(path).type("form").set("Authorization", owner.authorization);
      await expectRefusal(400, "invalid_request", test.send(form));
    });

    it("answer 404, 405, 413 and 415 as HTTP does", async () => {
      const at = (target: string) => request(polymint.url).post(target).set("Authorization", owner.authorization);
      await expectRefusal(415, "invalid_request", at(path).type("json").send('{"token":"x"}'));
      await expectRefusal(
        413,
        "invalid_request",
        at(path)
          .type("form")
          .send(`token=${"x".repeat(65_536)}`),
      );
      expect((await expectRefusal(405, "invalid_request", request(polymint.url).get(path))).headers.allow).toBe("POST");
      await expectRefusal(404, "invalid_request", at(`${path}/x`).type("form").send({ token: "x" }));
    });
  });

  it("logs who revoked which token, and never the token itself", async () => {
    const token = await owner.token();
    await expectRevoked(post(polymint, { token }, owner.authorization));
    const { jti } = decode(token) as { jti: string };
    expect(polymint.logs.at(-1)).toMatchObject({ contract: "oauth2", grant: "revocation", outcome: "ok", jti });
    expect(JSON.stringify(polymint.logs)).not.toContain(token.split(".")[2]);
  });
});

describe("POST /oauth2/revoke, during faults", () => {
  let polymint: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  let owner: TokenOwner;
  beforeAll(async () => {
    ({ polymint, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 1000, connectTimeoutMs: 2000 }));
    owner = await registerOwner(polymint);
  });
  afterAll(() => stop());

  it("answers 503, and never 200, while the database is unreachable or silent", async () => {
    const token = await owner.token();
    for (const breakIt of [() => wire.cut(), () => wire.silence()]) {
      await expectResponse(200, post(polymint, { token: "x" }, owner.authorization));
      breakIt();
      const response = await expectRefusal(503, "temporarily_unavailable", post(polymint, { token }, owner.authorization));
      expect(response.headers["retry-after"]).toMatch(/^\d+$/);
      wire.mend();
    }
    await expectResponse(200, post(polymint, { token }, owner.authorization));
  });

  it("answers an unforeseen failure with 500", async () => {
    const token = await owner.token();
    const response = await withoutTable(polymint, "issued_tokens", () => post(polymint, { token }, owner.authorization));
    expect(response.status).toBe(500);
    mustConform(response, "oauth2", path);
  });
});
