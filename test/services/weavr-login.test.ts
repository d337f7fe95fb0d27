import request, { type Response, type Test } from "supertest";
import { makeUsers } from "../../src/store/programmes/users";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import type { FaultyWire } from "../../src/contract-suite/faulty-wire";
import { hashCheaply } from "../harness/cheap-password";
import { postBytes } from "../harness/post-bytes";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";
import { withoutTable } from "../../src/contract-suite/tables";

/** A response whose body has no assumed type. */
type UntypedResponse = Omit<Response, "body"> & { body: unknown };

const path = "/login_with_password";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

interface InvalidField {
  params: string[];
  fieldName: string;
  error: string;
}

const apiKeyOf = (polymint: TestPolymint) => polymint.clients.weavr.secret;
const credentialsOf = ({ user }: TestPolymint) => ({ email: user.email, password: { value: user.password } });
function post(polymint: TestPolymint, body: object, apiKey: string | undefined = apiKeyOf(polymint)): Test {
  return request(polymint.url).post(path).set("api-key", apiKey).send(body);
}
async function expectResponse(status: number, test: Test | Promise<Response>): Promise<UntypedResponse> {
  const response = await test;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "weavr-login", path);
  expect(response.headers["request-ref"]).toMatch(uuid);
  expect(response.headers["cache-control"]).toBe("no-store");
  return response;
}

describe("POST /login_with_password", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  async function createUser(email: string, password: string, programmeId = polymint.clients.weavr.clientId) {
    const store = makeUsers(polymint.database);
    const passwordHash = await hashCheaply(password);
    const id = await store.create({ programmeId, email, passwordHash, role: "USER", identityIds: [] }, polymint.clock());
    return { id, store };
  }

  it("gives an auth token and names the user", async () => {
    const { body } = await expectResponse(200, post(polymint, credentialsOf(polymint)));
    expect(body).toEqual({
      token: expect.stringMatching(/^[\w-]{40,}$/) as string,
      tokenType: "AUTH",
      credentials: { type: "ROOT", id: polymint.user.id },
    });
  });

  it("gives a new token each time, and the earlier ones stay valid", async () => {
    const tokens = await Promise.all(
      [1, 2].map(async () => ((await expectResponse(200, post(polymint, credentialsOf(polymint)))).body as { token: string }).token),
    );
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) {
      const exchange = request(polymint.url).post("/access_token").set("api-key", apiKeyOf(polymint));
      await exchange.set("Authorization", `Bearer ${token}`).send({ identity: polymint.user.identities[0] }).expect(200);
    }
  });

  it("accepts the email in any case, and the password only in its own", async () => {
    const { email, password } = polymint.user;
    await expectResponse(200, post(polymint, { email: email.toUpperCase(), password: { value: password } }));
    await expectResponse(401, post(polymint, { email, password: { value: password.toUpperCase() } }));
    await createUser("MiXed@Example.com", "pass");
    await expectResponse(200, post(polymint, { email: "mixed@EXAMPLE.com", password: { value: "pass" } }));
  });

  it("accepts a password exactly as it is, up to 128 characters, also one that could not be set today", async () => {
    for (const [index, password] of ["  ", "pä ss\u{1f511}", "x".repeat(128)].entries()) {
      await createUser(`exact${index}@example.com`, password);
      await expectResponse(200, post(polymint, { email: `exact${index}@example.com`, password: { value: password } }));
      await expectResponse(401, post(polymint, { email: `exact${index}@example.com`, password: { value: password.slice(0, -1) || "x" } }));
    }
  });

  it("ignores unknown members", async () => {
    const { email, password } = credentialsOf(polymint);
    await expectResponse(200, post(polymint, { email, password: { ...password, more: 1 }, device: null }));
  });

  it("answers an unknown user and a wrong password alike", async () => {
    const { email } = polymint.user;
    const answers = [
      await expectResponse(401, post(polymint, { email, password: { value: "wrong" } })),
      await expectResponse(401, post(polymint, { email: "nobody@example.com", password: { value: "wrong" } })),
    ];
    const visible = answers.map(({ headers, text }) => ({ text, names: Object.keys(headers).sort() }));
    expect(visible[0]).toEqual(visible[1]);
    expect(visible[0]?.text).toBe("");
  });

  it("answers a disabled user with 403 for the right password and 401 for a wrong one", async () => {
    const { id, store } = await createUser("disabled@example.com", "right");
    await store.setStatus(id, "disabled");
    expect((await expectResponse(403, post(polymint, { email: "disabled@example.com", password: { value: "right" } }))).text).toBe("");
    await expectResponse(401, post(polymint, { email: "disabled@example.com", password: { value: "wrong" } }));
  });

  it("finds no user of another programme, and keeps the same email in two programmes apart", async () => {
    const other = await polymint.register({ contracts: ["weavr"] });
    await expectResponse(401, post(polymint, credentialsOf(polymint), other.secret?.value));
    const { id } = await createUser(polymint.user.email, "another password", other.client.id);
    const theirs = { email: polymint.user.email, password: { value: "another password" } };
    expect((await expectResponse(200, post(polymint, theirs, other.secret?.value))).body).toMatchObject({
      credentials: { type: "USER", id },
    });
    await expectResponse(401, post(polymint, theirs));
  });

  it("needs a live api-key of a programme", async () => {
    const disabled = await polymint.register({ contracts: ["weavr"] });
    await polymint.database.build((knex) => knex("clients").where("id", disabled.client.id).update("status", "disabled"));
    for (const apiKey of ["unknown", "x".repeat(300), disabled.secret?.value, polymint.clients.abbeycross.secret]) {
      expect((await expectResponse(401, post(polymint, credentialsOf(polymint), apiKey))).text).toBe("");
    }
  });

  it("ignores members that it does not declare, even with a NUL in a name or a value", async () => {
    const { email, password } = credentialsOf(polymint);
    await expectResponse(200, post(polymint, { email, password: { ...password, "a\0": "\0" }, "b\0": { c: "\0" } }));
    await expectResponse(400, post(polymint, { email, password: { value: "\0" } }));
  });

  describe("a request that breaks the contract", () => {
    const makeFault = (error: string, fieldName: string, ...params: string[]): InvalidField => ({ params, fieldName, error });
    const good = { email: "a@b", password: { value: "x" } };

    it.each<[string, object, InvalidField[]]>([
      ["nothing", {}, [makeFault("REQUIRED", "email"), makeFault("REQUIRED", "password")]],
      ["nulls", { email: null, password: null }, [makeFault("REQUIRED", "email"), makeFault("REQUIRED", "password")]],
      ["no value", { ...good, password: {} }, [makeFault("REQUIRED", "value", "password")]],
      ["a null value", { ...good, password: { value: null } }, [makeFault("REQUIRED", "value", "password")]],
      ["a password that is not an object", { ...good, password: "x" }, [makeFault("REQUIRED", "password")]],
      ["a value that is not a text", { ...good, password: { value: 7 } }, [makeFault("REGEX", "value", "password")]],
      ["an empty value", { ...good, password: { value: "" } }, [makeFault("HAS_TEXT", "value", "password")]],
      ["a value too long", { ...good, password: { value: "x".repeat(129) } }, [makeFault("SIZE", "value", "password")]],
      ["an address without @", { ...good, email: "me" }, [makeFault("REGEX", "email")]],
      ["an address with a space", { ...good, email: "a b@c" }, [makeFault("REGEX", "email")]],
      ["an address with NUL", { ...good, email: "a\0@c" }, [makeFault("REGEX", "email")]],
      ["an address that is not a text", { ...good, email: [] }, [makeFault("REGEX", "email")]],
      ["a blank address", { ...good, email: " " }, [makeFault("HAS_TEXT", "email")]],
      ["an address too long", { ...good, email: `${"x".repeat(253)}@b` }, [makeFault("SIZE", "email")]],
      [
        "several faults",
        { email: "me", password: { value: "" } },
        [makeFault("REGEX", "email"), makeFault("HAS_TEXT", "value", "password")],
      ],
    ])("gets 400 with the faulty fields: %s", async (_what, body, expected) => {
      const response = await expectResponse(400, post(polymint, body));
      const { message, syntaxErrors } = response.body as { message: string; syntaxErrors: { invalidFields: InvalidField[] } };
      expect(message).toBe("Invalid request");
      expect(syntaxErrors.invalidFields).toHaveLength(expected.length);
      expect(syntaxErrors.invalidFields).toEqual(expect.arrayContaining(expected));
    });

    it("gets 400 for a missing or blank api-key", async () => {
      const expected = { message: "Invalid request", syntaxErrors: { invalidFields: [makeFault("REQUIRED", "api-key")] } };
      expect((await expectResponse(400, request(polymint.url).post(path).send(credentialsOf(polymint)))).body).toEqual(expected);
      for (const blank of ["", "  "])
        expect((await expectResponse(400, post(polymint, credentialsOf(polymint), blank))).body).toEqual(expected);
    });

    it("gets only the message if it does not parse", async () => {
      const headers = { "content-type": "application/json", "api-key": apiKeyOf(polymint) };
      for (const bytes of ['{"email":', "x", Buffer.from([0x22, 0xff, 0x22])]) {
        const { text } = await expectResponse(400, postBytes(`${polymint.url}${path}`, bytes, headers));
        expect(JSON.parse(text)).toEqual({ message: "Invalid request" });
      }
    });
  });

  it("answers 404, 405, 413 and 415 with code and message", async () => {
    const send = (bytes: string, type: string) => postBytes(`${polymint.url}${path}`, bytes, { "content-type": type });
    const answers = [
      await expectResponse(404, request(polymint.url).post(`${path}/x`)),
      await expectResponse(405, request(polymint.url).get(path)),
      await expectResponse(413, send(`{"email":"${"x".repeat(65_536)}"}`, "application/json")),
      await expectResponse(415, send("{}", "text/plain")),
    ];
    expect(answers.map(({ text }) => (JSON.parse(text) as { code: string }).code)).toEqual([
      "NOT_FOUND",
      "METHOD_NOT_ALLOWED",
      "PAYLOAD_TOO_LARGE",
      "UNSUPPORTED_MEDIA_TYPE",
    ]);
    expect(answers[1]?.headers.allow).toBe("POST");
  });

  it("answers an unforeseen failure with a bare 500", async () => {
    const response = await withoutTable(polymint, "auth_tokens", () => post(polymint, credentialsOf(polymint)));
    expect((await expectResponse(500, Promise.resolve(response))).text).toBe("");
  });

  it("logs the user or the reason, and never a password, a key or a token", async () => {
    const { email, password } = polymint.user;
    const { body, headers } = await expectResponse(200, post(polymint, { email, password: { value: password } }));
    await expectResponse(401, post(polymint, { email, password: { value: "s3cret-guess" } }));
    await expectResponse(400, post(polymint, { email, password: { value: ["s3cret-list"] } }));
    await expectResponse(400, post(polymint, { email: "s3cret-email", password: "s3cret-text" }));
    const headersOfJson = { "content-type": "application/json", "api-key": apiKeyOf(polymint) };
    await expectResponse(400, postBytes(`${polymint.url}${path}`, '{"email":"a@b","password":{"value":"s3cret-broken', headersOfJson));
    expect(polymint.logs.find((line) => line.correlationId === headers["request-ref"])).toMatchObject({
      client: polymint.clients.weavr.clientId,
      grant: "password",
      outcome: "ok",
    });
    const logged = JSON.stringify(polymint.logs);
    for (const secret of [password, "s3cret", apiKeyOf(polymint), (body as { token: string }).token]) expect(logged).not.toContain(secret);
  });

  it("stores neither the password nor the token in plain text", async () => {
    const { body } = await expectResponse(200, post(polymint, credentialsOf(polymint)));
    const rows: unknown[] = await polymint.database.build((knex) => knex("users").select("password_hash"));
    const tokens: unknown[] = await polymint.database.build((knex) => knex("auth_tokens").select());
    expect(JSON.stringify(rows)).toContain("$argon2id$v=19$");
    expect(JSON.stringify([rows, tokens])).not.toContain(polymint.user.password);
    expect(JSON.stringify(tokens)).not.toContain((body as { token: string }).token);
  });
});

describe("POST /login_with_password, during faults", () => {
  let polymint: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ polymint, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 1000 }));
  });
  afterAll(() => stop());

  it("answers a bare 503 while the database is unreachable or silent, and recovers", async () => {
    for (const breakIt of [() => wire.cut(), () => wire.silence()]) {
      await expectResponse(200, post(polymint, credentialsOf(polymint)));
      breakIt();
      const response = await expectResponse(503, post(polymint, credentialsOf(polymint)));
      expect(response.text).toBe("");
      expect(response.headers["retry-after"]).toMatch(/^\d+$/);
      wire.mend();
    }
    await expectResponse(200, post(polymint, credentialsOf(polymint)));
  });
});

describe("POST /login_with_password, at capacity", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ maxInFlight: 0 });
  });
  afterAll(() => polymint.stop());

  it("answers 429 with the limit", async () => {
    const response = await expectResponse(429, post(polymint, credentialsOf(polymint)));
    expect(response.text).toBe("");
    expect(response.headers["retry-after"]).toBe(response.headers["x-ratelimit-reset"]);
  });
});
