import { decode } from "jsonwebtoken";
import { randomUUID } from "node:crypto";
import request, { type Response, type Test } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { postBytes } from "../harness/post-bytes";
import { sendRaw } from "../../src/contract-suite/raw-http";
import { countIssuedTokens } from "../../src/contract-suite/tables";
import { everyContract } from "../../src/contract-suite";

const path = "/v1/api/oauth/token";

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
const ownAuthorization = (polymint: TestPolymint) => basic(polymint.clients.firstvision.clientId, polymint.clients.firstvision.secret);
function post(polymint: TestPolymint, query: string, authorization: string | undefined = ownAuthorization(polymint)): Test {
  const test = request(polymint.url).post(`${path}${query}`);
  return authorization === "" ? test : test.set("Authorization", authorization);
}

everyContract({
  name: "firstvision",
  statuses: { malformed: 400, badTarget: 400, wrongCredential: 401, unreachable: 503, timedOut: 503, bodyNotRead: 400 },
  wrongCredentials: (polymint) => [
    post(polymint, "?scope=edit", basic("demo-firstvision", "wrong")),
    post(polymint, "?scope=edit", basic("nobody", "wrong")),
    post(polymint, "?scope=edit", basic("demo-screening-eagle", polymint.clients["screening-eagle"].secret)),
    post(polymint, "?scope=edit", ""),
    post(polymint, "?scope=other"),
  ],
});

describe("firstvision", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  async function expectToken(test: Test) {
    const response = await test;
    expect({ status: response.status, text: response.status === 200 ? "" : response.text }).toEqual({ status: 200, text: "" });
    mustConform(response, "firstvision", path);
    return response.body as { access_token: string; expires_in: number };
  }
  const expectScope = async (test: Test) => (decode((await expectToken(test)).access_token) as { scope: string }).scope;

  /** Makes the expected error body. */
  const makeFault = (status: number, errorCode: string, title: string, ...params: string[]) => [
    {
      detail: "Please refer to invalid-params for error details",
      errorCode,
      instance: path,
      "invalid-params": params,
      source: "AGT",
      status,
      title,
    },
  ];
  const unauthorized = makeFault(401, "240101", "Unauthorized", "Invalid client credentials or scope");

  /** Expects exactly this refusal, and that nothing was issued. */
  async function expectRefusal(expected: ReturnType<typeof makeFault>, test: Test | Promise<Response>): Promise<Response> {
    const before = await countIssuedTokens(polymint);
    const response = await test;
    expect(JSON.parse(response.text)).toEqual(expected);
    expect(response.status).toBe(expected[0]?.status);
    mustConform(response, "firstvision", path);
    expect(await countIssuedTokens(polymint)).toBe(before);
    return response;
  }

  describe("an access token", () => {
    it("expires after two hours, at the second that expires_in names", async () => {
      const expiresAt = Math.floor(polymint.clock() / 1000) + 7200;
      const body = await expectToken(post(polymint, "?scope=edit"));
      expect(body).toEqual({ access_token: expect.any(String) as string, expires_in: expiresAt, token_type: "Bearer" });
      expect(decode(body.access_token)).toMatchObject({ exp: expiresAt });
    });

    it("is signed with RS256 and has these claims and no others", async () => {
      const { access_token: token } = await expectToken(post(polymint, "?scope=edit"));
      const iat = Math.floor(polymint.clock() / 1000);
      expect(decode(token, { complete: true })?.header).toEqual({ alg: "RS256", typ: "at+jwt", kid: expect.any(String) as string });
      expect(decode(token)).toEqual({
        scope: "edit",
        client_id: "demo-firstvision",
        firstVisionId: "00000AUNAB",
        exp: iat + 7200,
        iat,
        iss: polymint.issuer,
        jti: expect.any(String) as string,
      });
    });

    it("lives as long as the client is registered for", async () => {
      const { client, secret } = await polymint.register({ contracts: ["firstvision"], scopes: ["a"], lifetimeSeconds: 60 });
      const { expires_in } = await expectToken(post(polymint, "?scope=a", basic(client.id, secret?.value ?? "")));
      expect(expires_in).toBe(Math.floor(polymint.clock() / 1000) + 60);
    });

    it.each([
      ["?scope=view", "view"],
      ["?scope=view+edit", "view edit"],
      ["?scope=view%20edit", "view edit"],
      ["?scope=%20edit++edit", "edit"],
      ["?scope=edit&grant_type=client_credentials", "edit"],
      ["?scope=edit&grant_type=", "edit"],
      ["?scope=edit&resource=https%3A%2F%2Fx.example&y=", "edit"],
      ["?x=/:@!$&scope=edit", "edit"],
    ])("is issued for the query %s", async (query, scope) => {
      expect(await expectScope(post(polymint, query))).toBe(scope);
    });

    it.each(["6f1c1a52-7a0f-4c86-9a55-0d1b3b2f7f11", "V1StGXR8_Z5jdHi6B-myT", "client.example/app", "POC_NAB_Dev"])(
      "is issued to a client called %s",
      async (id) => {
        const { secret } = await polymint.register({ id, contracts: ["firstvision"], scopes: ["edit"] });
        const test = post(polymint, "?scope=edit", basic(encodeURIComponent(id), secret?.value ?? ""));
        expect(decode((await expectToken(test)).access_token)).toMatchObject({ client_id: id });
        if (!id.includes(":")) await expectToken(post(polymint, "?scope=edit", basic(id, secret?.value ?? "")));
      },
    );

    it("is issued with an empty body of any type", async () => {
      for (const type of ["application/json", "application/x-www-form-urlencoded", "text/plain", "x"]) {
        const head = `POST ${path}?scope=edit HTTP/1.1\r\nHost: x\r\nAuthorization: ${ownAuthorization(polymint)}\r\n`;
        const answer = await sendRaw(polymint.url, `${head}Content-Type: ${type}\r\nContent-Length: 0\r\n\r\n`);
        expect([type, answer.status]).toEqual([type, 200]);
      }
    });
  });

  describe("the scope", () => {
    const long = "s".repeat(50);
    const odd = "a+b:c/d";
    let client: string;
    beforeAll(async () => {
      const scopes = [long, `${long}s`, odd, "read:accounts", "https://api.example/x", ":".repeat(50)];
      const registered = await polymint.register({ contracts: ["firstvision"], scopes });
      client = basic(registered.client.id, registered.secret?.value ?? "");
    });

    it.each([
      ["of 50 characters", `?scope=${long}`, long],
      ["of 50 characters, each escaped", `?scope=${"%3A".repeat(50)}`, ":".repeat(50)],
      ["with + : / escaped", `?scope=${encodeURIComponent(odd)}`, odd],
      ["with : and / plain", "?scope=read:accounts+https://api.example/x", "read:accounts https://api.example/x"],
      ["with + escaped and the rest plain", "?scope=a%2Bb:c/d", odd],
    ])("may be one %s", async (_what, query, scope) => {
      expect(await expectScope(post(polymint, query, client))).toBe(scope);
    });

    it("is refused with 51 characters", async () => {
      const expected = makeFault(400, "240010", "Constraint(s) Violated", "scope: must NOT have more than 50 characters");
      await expectRefusal(expected, post(polymint, `?scope=${long}s`, client));
      await expectRefusal(expected, post(polymint, `?scope=${"edit+".repeat(11)}`, client));
    });

    it.each(["", "?", "?scope", "?scope=", "?scope=+", "?scope=%20%20", "?Scope=edit"])(
      "is refused as missing (240009) in %j",
      async (query) => {
        const expected = makeFault(
          400,
          "240009",
          "Required fields missing",
          expect.stringMatching(/^scope: (is required|must not be blank)$/) as string,
        );
        await expectRefusal(expected, post(polymint, query));
        await expectRefusal(expected, post(polymint, query, ""));
      },
    );

    it("is refused if it comes twice", async () => {
      const expected = makeFault(400, "240010", "Constraint(s) Violated", "scope: is given more than once");
      await expectRefusal(expected, post(polymint, "?scope=edit&scope=view"));
    });
  });

  describe("the grant type in the query", () => {
    it.each(["password", "Client_Credentials", "client_credentials+", "a:b/c"])("is refused with 240010 if it is %s", async (grant) => {
      const response = await post(polymint, `?scope=edit&grant_type=${grant}`);
      const [error] = response.body as ReturnType<typeof makeFault>;
      await expectRefusal(
        makeFault(400, "240010", "Constraint(s) Violated", ...(error?.["invalid-params"] ?? [])),
        Promise.resolve(response),
      );
      expect(error?.["invalid-params"]).toEqual([expect.stringMatching(/^grant_type: /)]);
    });
  });

  describe("a request body", () => {
    const expected = makeFault(400, "240005", "Payload not valid", "body: must be empty");

    it.each([
      ["application/json", "{}"],
      ["application/json", '{"a":'],
      ["application/x-www-form-urlencoded", "scope=edit&grant_type=client_credentials"],
      ["application/x-www-form-urlencoded", "a=%zz"],
      ["text/plain", " "],
      ["application/octet-stream", "\0"],
      ["multipart/form-data; boundary=x", "--x--"],
      ["application/json; charset=utf-16", "{}"],
      ["nonsense", "x"],
    ])("of %s is refused with 240005: %j", async (type, body) => {
      const headers = { "content-type": type, authorization: ownAuthorization(polymint) };
      await expectRefusal(expected, postBytes(`${polymint.url}${path}?scope=edit`, body, headers));
    });

    it("is refused with 240005 without a type, in chunks, and before faults in the query", async () => {
      const head = (target: string) => `POST ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${ownAuthorization(polymint)}\r\n`;
      const plain = await sendRaw(polymint.url, `${head(`${path}?scope=edit`)}Content-Length: 1\r\n\r\nx`);
      const chunked = await sendRaw(polymint.url, `${head(`${path}?scope=edit`)}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`);
      const unscoped = await sendRaw(polymint.url, `${head(path)}Content-Length: 1\r\n\r\nx`);
      for (const { status, body } of [plain, chunked, unscoped]) {
        expect(status).toBe(400);
        expect(JSON.parse(body)).toEqual(expected);
      }
    });
  });

  describe("the error 240101", () => {
    it.each([
      ["no credentials", ""],
      ["another scheme", "Bearer x"],
      ["the scheme alone", "Basic"],
      ["something that is not base64", "Basic ***"],
      ["no colon", `Basic ${Buffer.from("x").toString("base64")}`],
      ["an empty id", basic("", "x")],
      ["an unknown client", basic("nobody", "x")],
      ["a wrong secret", basic("demo-firstvision", "x")],
    ])("answers %s, with a challenge", async (_what, authorization) => {
      const response = await expectRefusal(unauthorized, post(polymint, "?scope=edit", authorization));
      expect(response.headers["www-authenticate"]).toMatch(/^Basic realm="/);
    });

    it.each(["?scope=other", "?scope=edit+other", "?scope=EDIT"])(
      "answers a scope that is not granted, in the same words: %s",
      async (query) => {
        await expectRefusal(unauthorized, post(polymint, query));
      },
    );

    it("answers a disabled client, and a client without the grant", async () => {
      const disabled = await polymint.register({ contracts: ["firstvision"], scopes: ["edit"] });
      await polymint.database.build((knex) => knex("clients").where({ id: disabled.client.id }).update({ status: "disabled" }));
      const without = await polymint.register({ contracts: ["firstvision"], scopes: ["edit"], grants: [] });
      for (const { client, secret } of [disabled, without]) {
        await expectRefusal(unauthorized, post(polymint, "?scope=edit", basic(client.id, secret?.value ?? "")));
      }
    });
  });

  describe("correlationId", () => {
    const long = "x".repeat(40);

    it.each(["5d0c1a7e-checkout-17", "x", long, "any text: with/signs, and spaces"])(
      "%s is echoed, with a token and without",
      async (id) => {
        for (const test of [post(polymint, "?scope=edit"), post(polymint, ""), post(polymint, "?scope=edit", ""), post(polymint, "/x")]) {
          const response = await test.set("correlationId", id);
          mustConform(response, "firstvision", path);
          expect(response.headers.correlationid).toBe(id);
        }
      },
    );

    it("is echoed in the contract's own spelling, however it was sent", async () => {
      const request = `POST ${path} HTTP/1.1\r\nHost: x\r\nCORRELATIONID: abc\r\nContent-Length: 0\r\n\r\n`;
      expect((await sendRaw(polymint.url, request)).headers.correlationid).toBe("abc");
    });

    it("is absent if none was sent", async () => {
      for (const query of ["?scope=edit", ""]) expect((await post(polymint, query)).headers).not.toHaveProperty("correlationid");
    });

    it("is refused with 240010 and not echoed if it has 41 characters", async () => {
      const expected = makeFault(400, "240010", "Constraint(s) Violated", "correlationId: must NOT have more than 40 characters");
      const response = await expectRefusal(expected, post(polymint, "?scope=edit").set("correlationId", `${long}x`));
      expect(response.headers).not.toHaveProperty("correlationid");
    });

    it("is logged beside the private reason", async () => {
      const id = randomUUID();
      await post(polymint, "?scope=other").set("correlationId", id);
      expect(polymint.logs.find((line) => line.correlationId === id)).toMatchObject({
        contract: "firstvision",
        client: "demo-firstvision",
        outcome: "invalid_scope",
      });
    });
  });

  it("answers 404, 405, 413 and 415 with code, title and path", async () => {
    const answers = await Promise.all([
      request(polymint.url).post(`${path}/more`),
      request(polymint.url).get(path),
      postBytes(`${polymint.url}${path}`, "x".repeat(70_000), { "content-type": "text/plain" }),
      postBytes(`${polymint.url}${path}`, "x", { "content-type": "text/plain", "content-encoding": "gzip" }),
    ]);
    const errors = answers.map(({ text }) => (JSON.parse(text) as ReturnType<typeof makeFault>)[0]);
    expect(errors.map((error) => [error?.status, error?.errorCode, error?.title, error?.instance])).toEqual([
      [404, "240401", "Not Found", `${path}/more`],
      [405, "240501", "Method Not Allowed", path],
      [413, "241301", "Payload Too Large", path],
      [415, "241501", "Unsupported Media Type", path],
    ]);
    expect(answers.map(({ status }) => status)).toEqual(errors.map((error) => error?.status));
  });

  it("puts several faults into one error", async () => {
    const response = await post(polymint, "?grant_type=x").set("correlationId", "x".repeat(41));
    const [error, ...others] = response.body as ReturnType<typeof makeFault>;
    expect(others).toEqual([]);
    expect(error?.["invalid-params"].map((param) => param.split(":")[0]).sort()).toEqual(["correlationId", "grant_type", "scope"]);
    expect(error?.errorCode).toBe("240009");
  });
});
