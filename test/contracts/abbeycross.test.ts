import request from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { everyContract } from "../../src/contract-suite";

const path = "/v1/oauth/token";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const credentials = (polymint: TestPolymint) => {
  const { clientId, secret } = polymint.clients.abbeycross;
  return { client_id: clientId, client_secret: secret };
};
const post = (polymint: TestPolymint, body: object) => request(polymint.url).post(path).send(body);

everyContract({
  name: "abbeycross",
  statuses: { malformed: 409, badTarget: 409, wrongCredential: 409, unreachable: 503, timedOut: 503, bodyNotRead: 415 },
  wrongCredentials: (polymint) => [
    post(polymint, { ...credentials(polymint), client_secret: "wrong" }),
    post(polymint, { client_id: "nobody", client_secret: "wrong" }),
    post(polymint, { client_id: polymint.clients.firstvision.clientId, client_secret: polymint.clients.firstvision.secret }),
  ],
});

describe("abbeycross", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  it("grants all registered scopes and names the lifetime in seconds", async () => {
    const response = await post(polymint, credentials(polymint)).expect(200);
    expect(response.body).toEqual({
      access_token: expect.any(String) as string,
      token_type: "Bearer",
      expires_in: 3600,
      scope: "accounts payments",
    });
  });

  it("leaves scope out for a client without scopes", async () => {
    const { client, secret } = await polymint.register({ contracts: ["abbeycross"] });
    const response = await post(polymint, { client_id: client.id, client_secret: secret?.value }).expect(200);
    expect(response.body).not.toHaveProperty("scope");
  });

  it("ignores members that it does not declare, even with a NUL in a name or a value", async () => {
    const others = { "a\0b": 1, c: "\0", d: { "e\0": ["\0"], client_id: "\0" } };
    await post(polymint, { ...credentials(polymint), ...others }).expect(200);
    const response = await post(polymint, { ...credentials(polymint), client_id: "\0" }).expect(409);
    expect(response.body).toMatchObject({ code: "INVALID_PARAMETER", text: "client_id has a NUL character." });
  });

  it("honours a client's own lifetime", async () => {
    const { client, secret } = await polymint.register({ contracts: ["abbeycross"], lifetimeSeconds: 60 });
    const response = await post(polymint, { client_id: client.id, client_secret: secret?.value }).expect(200);
    expect((response.body as { expires_in: number }).expires_in).toBe(60);
  });

  it.each([
    ["a missing client_id", { client_secret: "x" }, "MISSING_PARAMETER", "client_id"],
    ["a null client_id", { client_id: null, client_secret: "x" }, "MISSING_PARAMETER", "client_id"],
    ["an empty client_id", { client_id: "", client_secret: "x" }, "MISSING_PARAMETER", "client_id"],
    ["a blank client_id", { client_id: "  ", client_secret: "x" }, "MISSING_PARAMETER", "client_id"],
    ["a client_id that is not a text", { client_id: 7, client_secret: "x" }, "INVALID_PARAMETER", "client_id"],
    ["a client_id of 256 characters", { client_id: "x".repeat(256), client_secret: "x" }, "INVALID_PARAMETER", "client_id"],
    ["a missing client_secret", { client_id: "x" }, "MISSING_PARAMETER", "client_secret"],
    ["a client_secret that is not a text", { client_id: "x", client_secret: ["s3cret"] }, "INVALID_PARAMETER", "client_secret"],
    ["an empty body", {}, "MISSING_PARAMETER", "client_id"],
  ])("names the parameter for %s", async (_what, body, code, name) => {
    const response = await post(polymint, body);
    expect(response.status).toBe(409);
    mustConform(response, "abbeycross", path);
    const error = response.body as { errorId: string; code: string; parameter_name: string; parameter_value?: unknown };
    expect(error).toMatchObject({ code, parameter_name: name });
    expect(error.errorId).toMatch(uuid);
  });

  it("echoes the value of client_id and never that of client_secret", async () => {
    const id = await post(polymint, { client_id: { a: [1] }, client_secret: "x" });
    expect((id.body as { parameter_value: unknown }).parameter_value).toEqual({ a: [1] });
    const secret = await post(polymint, { client_id: "x", client_secret: ["s3cret"] });
    expect(secret.text).not.toContain("s3cret");
    expect(JSON.stringify(polymint.logs)).not.toContain("s3cret");
  });

  it("logs the errorId beside the private reason", async () => {
    const response = await post(polymint, { client_id: "nobody", client_secret: "x" });
    const { errorId, code } = response.body as { errorId: string; code: string };
    expect(code).toBe("INVALID_CREDENTIALS");
    expect(polymint.logs.find((line) => line.correlationId === errorId)).toMatchObject({
      contract: "abbeycross",
      outcome: "invalid_client",
      detail: "unknown client",
    });
  });

  it("answers a disabled client like an unknown one", async () => {
    const { client, secret } = await polymint.register({ contracts: ["abbeycross"] });
    await polymint.database.build((knex) => knex("clients").where({ id: client.id }).update({ status: "disabled" }));
    const response = await post(polymint, { client_id: client.id, client_secret: secret?.value });
    expect(response.status).toBe(409);
    expect((response.body as { code: string }).code).toBe("INVALID_CREDENTIALS");
  });
});
