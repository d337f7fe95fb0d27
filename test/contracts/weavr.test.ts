import { decode } from "jsonwebtoken";
import { randomUUID } from "node:crypto";
import request, { type Test } from "supertest";
import { makeSecret, makeSecretDigest } from "../../src/secrets/secret";
import { seededPassword } from "../../src/testkit/seed";
import { makeAuthTokens } from "../../src/store/programmes/auth-tokens";
import { makeIdentities } from "../../src/store/programmes/identities";
import { makeLedgerReader } from "../../src/store/ledger/reader";
import { makeUsers } from "../../src/store/programmes/users";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { postBytes } from "../harness/post-bytes";
import { countIssuedTokens } from "../../src/contract-suite/tables";
import { expectWeavrResponse, apiKeyOf, identityOf, weavrTokenPath, programmeOf } from "../harness/weavr-requests";
import { everyContract } from "../../src/contract-suite";

interface InvalidField {
  params: string[];
  fieldName: string;
  error: string;
}

async function logIn(polymint: TestPolymint, { email, password } = polymint.user): Promise<string> {
  const response = await request(polymint.url)
    .post("/login_with_password")
    .set("api-key", apiKeyOf(polymint))
    .send({ email, password: { value: password } });
  return (response.body as { token?: string }).token ?? "";
}

function exchange(polymint: TestPolymint, bearer: string | undefined, identity: unknown, apiKey = apiKeyOf(polymint)): Test {
  const test = request(polymint.url).post(weavrTokenPath).set("api-key", apiKey);
  if (bearer !== undefined) void test.set("Authorization", `Bearer ${bearer}`);
  return test.send({ identity });
}

/** Auth tokens can be used again, so the whole suite needs one, also while the database is unreachable. */
const authTokens = new WeakMap<TestPolymint, string>();
async function good(polymint: TestPolymint): Promise<Test> {
  const authToken = authTokens.get(polymint) ?? (await logIn(polymint));
  authTokens.set(polymint, authToken);
  return exchange(polymint, authToken || "none", identityOf(polymint));
}

everyContract({
  name: "weavr",
  statuses: { malformed: 400, badTarget: 400, wrongCredential: 401, unreachable: 503, timedOut: 503, bodyNotRead: 415 },
  wrongCredentials: (polymint) => [
    exchange(polymint, "wrong", identityOf(polymint)),
    exchange(polymint, undefined, identityOf(polymint)),
    exchange(polymint, "wrong", identityOf(polymint), "wrong"),
  ],
});

describe("weavr", () => {
  let polymint: TestPolymint;
  let authToken: string;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());
  beforeEach(async () => {
    authToken = await logIn(polymint);
  });

  const identities = () => makeIdentities(polymint.database);
  async function expectToken(test: Test): Promise<string> {
    return ((await expectWeavrResponse(200, test)).body as { token: string }).token;
  }
  async function createUser(role: "ROOT" | "USER", identityIds: string[]) {
    const { password, hash: passwordHash } = seededPassword;
    const user = { email: `${randomUUID()}@example.com`, password };
    const store = makeUsers(polymint.database);
    const id = await store.create(
      { programmeId: programmeOf(polymint), email: user.email, passwordHash, role, identityIds },
      polymint.clock(),
    );
    return { ...user, id, store };
  }
  const stepUpToken = async (): Promise<string> => {
    const token = makeSecret("auth_token");
    const store = makeAuthTokens({ database: polymint.database, digest: makeSecretDigest(polymint.pepper) });
    await store.issue(token, polymint.user.id, "STEPPED_UP", polymint.clock());
    return token;
  };

  describe("an access token", () => {
    it("is for the identity, in the user's name", async () => {
      const response = await expectWeavrResponse(200, exchange(polymint, authToken, identityOf(polymint)));
      expect(response.body).toEqual({
        token: expect.any(String) as string,
        identity: identityOf(polymint),
        credentials: { type: "ROOT", id: polymint.user.id },
        status: "STANDARD",
      });
      expect(identityOf(polymint).id).toMatch(/^\d{18}$/);
    });

    it("has these claims and no others, and lives 15 minutes", async () => {
      const token = await expectToken(exchange(polymint, authToken, identityOf(polymint)));
      const iat = Math.floor(polymint.clock() / 1000);
      expect(decode(token, { complete: true })).toMatchObject({
        header: { alg: "ES256", typ: "at+jwt", kid: expect.any(String) as string },
      });
      expect(decode(token)).toEqual({
        iss: polymint.issuer,
        sub: identityOf(polymint).id,
        aud: polymint.issuer,
        client_id: programmeOf(polymint),
        identity_type: "CORPORATE",
        credentials: { type: "ROOT", id: polymint.user.id },
        status: "STANDARD",
        auth_time: iat,
        iat,
        exp: iat + 900,
        jti: expect.any(String) as string,
      });
    });

    it("can be issued for a second identity with the same auth token, with the user's own credentials", async () => {
      for (const index of [0, 1, 0] as const) {
        const { body } = await expectWeavrResponse(200, exchange(polymint, authToken, identityOf(polymint, index)));
        expect(body).toMatchObject({ identity: identityOf(polymint, index), credentials: { type: "ROOT", id: polymint.user.id } });
      }
    });

    it("is issued to a USER as to a ROOT", async () => {
      const user = await createUser("USER", [identityOf(polymint).id]);
      const { body } = await expectWeavrResponse(
        200,
        exchange(polymint, await logIn(polymint, { ...polymint.user, ...user }), identityOf(polymint)),
      );
      expect(body).toMatchObject({ credentials: { type: "USER", id: user.id } });
    });

    it("is STEPPED_UP if the login was, also by way of another access token", async () => {
      const first = await expectWeavrResponse(200, exchange(polymint, await stepUpToken(), identityOf(polymint)));
      expect(first.body).toMatchObject({ status: "STEPPED_UP" });
      const { token } = first.body as { token: string };
      expect(decode(token)).toMatchObject({ status: "STEPPED_UP" });
      const second = await expectWeavrResponse(200, exchange(polymint, token, identityOf(polymint, 1)));
      expect(second.body).toMatchObject({ status: "STEPPED_UP" });
    });

    it("is issued whatever else the body and the query hold, and whatever is null", async () => {
      const body = { identity: { ...identityOf(polymint), more: [1] }, clientAssertion: null, token: null, surprise: { a: 1 } };
      const test = request(polymint.url).post(`${weavrTokenPath}?x=y`).set("api-key", apiKeyOf(polymint));
      await expectWeavrResponse(200, test.set("Authorization", `Bearer ${authToken}`).send(body));
    });

    it("is issued for a bearer scheme in any case", async () => {
      const test = request(polymint.url).post(weavrTokenPath).set("api-key", apiKeyOf(polymint));
      await expectWeavrResponse(200, test.set("Authorization", `bEARER  ${authToken}`).send({ identity: identityOf(polymint) }));
    });

    it("is recorded with its subject and its actor", async () => {
      const token = await expectToken(exchange(polymint, authToken, identityOf(polymint, 1)));
      const { jti } = decode(token) as { jti: string };
      const columns = ["client_id", "grant_type", "subject", "actor"];
      expect(await polymint.database.build((knex) => knex("issued_tokens").where({ jti }).select(columns))).toEqual([
        {
          client_id: programmeOf(polymint),
          grant_type: "auth_token",
          subject: identityOf(polymint, 1).id,
          actor: polymint.user.id,
        },
      ]);
    });
  });

  describe("an auth token", () => {
    it("lives for five minutes after its last use", async () => {
      for (let use = 0; use < 3; use += 1) {
        polymint.clock.advance(299);
        await expectWeavrResponse(200, exchange(polymint, authToken, identityOf(polymint)));
      }
      polymint.clock.advance(300);
      await expectWeavrResponse(401, exchange(polymint, authToken, identityOf(polymint)));
    });

    it("is refused once it is revoked or its user disabled", async () => {
      const store = makeAuthTokens({ database: polymint.database, digest: makeSecretDigest(polymint.pepper) });
      await store.revoke(authToken, polymint.clock());
      await expectWeavrResponse(401, exchange(polymint, authToken, identityOf(polymint)));
      const user = await createUser("USER", [identityOf(polymint).id]);
      const theirs = await logIn(polymint, { ...polymint.user, ...user });
      await user.store.setStatus(user.id, "disabled");
      await expectWeavrResponse(401, exchange(polymint, theirs, identityOf(polymint)));
    });

    it("gets 401 if it is absent, under another scheme or made up", async () => {
      await expectWeavrResponse(401, exchange(polymint, undefined, identityOf(polymint)));
      for (const authorization of [`Basic ${authToken}`, authToken, "Bearer", `Bearer ${authToken} x`, `Bearer x${authToken}`]) {
        const test = request(polymint.url).post(weavrTokenPath).set("api-key", apiKeyOf(polymint)).set("Authorization", authorization);
        const response = await expectWeavrResponse(401, test.send({ identity: identityOf(polymint) }));
        expect(response.text).toBe("");
      }
    });

    it("is neither stored nor logged", async () => {
      await expectWeavrResponse(200, exchange(polymint, authToken, identityOf(polymint)));
      const rows: unknown[] = await polymint.database.build((knex) => knex("auth_tokens").select());
      expect(JSON.stringify(rows)).not.toContain(authToken);
      expect(JSON.stringify(polymint.logs)).not.toContain(authToken);
      expect(JSON.stringify(polymint.logs)).not.toContain(apiKeyOf(polymint));
    });
  });

  describe("an access token in place of the auth token", () => {
    it("is accepted, for the other identity too", async () => {
      const token = await expectToken(exchange(polymint, authToken, identityOf(polymint)));
      const { body } = await expectWeavrResponse(200, exchange(polymint, token, identityOf(polymint, 1)));
      expect(body).toMatchObject({ credentials: { type: "ROOT", id: polymint.user.id }, status: "STANDARD" });
    });

    it("is refused once it has expired", async () => {
      const token = await expectToken(exchange(polymint, authToken, identityOf(polymint)));
      polymint.clock.advance(899);
      await expectWeavrResponse(200, exchange(polymint, token, identityOf(polymint)));
      polymint.clock.advance(1);
      await expectWeavrResponse(401, exchange(polymint, token, identityOf(polymint)));
    });

    it("is refused once it is revoked or its user disabled", async () => {
      const token = await expectToken(exchange(polymint, authToken, identityOf(polymint)));
      const { jti, exp } = decode(token) as { jti: string; exp: number };
      await makeLedgerReader(polymint.database).revoke(jti, exp, Math.floor(polymint.clock() / 1000));
      await expectWeavrResponse(401, exchange(polymint, token, identityOf(polymint)));
      const user = await createUser("USER", [identityOf(polymint).id]);
      const theirs = await expectToken(exchange(polymint, await logIn(polymint, { ...polymint.user, ...user }), identityOf(polymint)));
      await user.store.setStatus(user.id, "disabled");
      await expectWeavrResponse(401, exchange(polymint, theirs, identityOf(polymint)));
    });

    it("is refused if it is another contract's, or changed", async () => {
      const { clientId, secret } = polymint.clients.abbeycross;
      const other = await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret }).expect(200);
      await expectWeavrResponse(401, exchange(polymint, (other.body as { access_token: string }).access_token, identityOf(polymint)));
      const [head, , signature] = (await expectToken(exchange(polymint, authToken, identityOf(polymint)))).split(".");
      const forged = Buffer.from(JSON.stringify({ iss: polymint.issuer, exp: 9e9, jti: randomUUID() })).toString("base64url");
      await expectWeavrResponse(401, exchange(polymint, `${head}.${forged}.${signature}`, identityOf(polymint)));
    });
  });

  describe("the api-key", () => {
    it.each(["pmk_unknown", "x", "x".repeat(300)])("%s gets 401 if it is unknown", async (apiKey) => {
      expect((await expectWeavrResponse(401, exchange(polymint, authToken, identityOf(polymint), apiKey))).text).toBe("");
    });

    it("gets 401 if it is revoked, or of a disabled programme or another contract's client", async () => {
      const revoked = await polymint.register({ contracts: ["weavr"] });
      const inPast = new Date(polymint.clock() - 1000);
      await polymint.database.build((knex) => knex("client_secrets").where("client_id", revoked.client.id).update("expires_at", inPast));
      const disabled = await polymint.register({ contracts: ["weavr"] });
      await polymint.database.build((knex) => knex("clients").where("id", disabled.client.id).update("status", "disabled"));
      for (const apiKey of [revoked.secret?.value, disabled.secret?.value, polymint.clients.abbeycross.secret]) {
        await expectWeavrResponse(401, exchange(polymint, authToken, identityOf(polymint), apiKey));
      }
    });

    it("gets 403 if it belongs to another programme than the identity", async () => {
      const other = await polymint.register({ contracts: ["weavr"] });
      const response = await expectWeavrResponse(403, exchange(polymint, authToken, identityOf(polymint), other.secret?.value));
      expect(response.text).toBe("");
      const token = await expectToken(exchange(polymint, authToken, identityOf(polymint)));
      await expectWeavrResponse(403, exchange(polymint, token, identityOf(polymint), other.secret?.value));
    });
  });

  describe("the identity", () => {
    it("gets 401 if the id is right and the type is wrong", async () => {
      const { id } = identityOf(polymint);
      expect((await expectWeavrResponse(401, exchange(polymint, authToken, { type: "CONSUMER", id }))).text).toBe("");
    });

    it("gets the same 404 if it is unknown and if it is not the user's", async () => {
      const unlinked = await identities().create(programmeOf(polymint), "CORPORATE", polymint.clock());
      const other = await polymint.register({ contracts: ["weavr"] });
      const foreign = await identities().create(other.client.id, "CORPORATE", polymint.clock());
      for (const id of [unlinked, foreign, "123456789012345678", "x".repeat(64), "A-z_0", identityOf(polymint).id.slice(1)]) {
        const { body } = await expectWeavrResponse(404, exchange(polymint, authToken, { type: "CORPORATE", id }));
        expect(body).toEqual({
          code: "IDENTITY_NOT_FOUND",
          message: "The identity does not exist or is not available to this user.",
        });
      }
    });

    it("gets 403 while it is deactivated, and works with the same auth token once it is active again", async () => {
      const { id } = identityOf(polymint);
      await identities().setStatus(id, "deactivated");
      expect((await expectWeavrResponse(403, exchange(polymint, authToken, identityOf(polymint)))).text).toBe("");
      await expectWeavrResponse(200, exchange(polymint, authToken, identityOf(polymint, 1)));
      await identities().setStatus(id, "active");
      await expectWeavrResponse(200, exchange(polymint, authToken, identityOf(polymint)));
    });
  });

  describe("a mode in the body", () => {
    it.each([
      ["clientAssertion", "delegated_assertion"],
      ["token", "one_time_token"],
    ] as const)("%s gets 403 if the programme is not registered for it", async (mode, grant) => {
      const grants = (["auth_token", "delegated_assertion", "one_time_token"] as const).filter((each) => each !== grant);
      const { client, secret } = await polymint.register({ contracts: ["weavr"], grants });
      await polymint.setDelegation(true, client.id);
      const test = request(polymint.url)
        .post(weavrTokenPath)
        .set("api-key", secret?.value ?? "");
      const response = await expectWeavrResponse(403, test.send({ identity: identityOf(polymint), [mode]: "a.b.c" }));
      expect(response.text).toBe("");
    });

    it("needs a right api-key", async () => {
      const test = request(polymint.url).post(weavrTokenPath).set("api-key", "wrong");
      await expectWeavrResponse(401, test.send({ identity: identityOf(polymint), token: "x" }));
    });
  });

  describe("a request that breaks the contract", () => {
    const makeFault = (error: string, name: string): InvalidField => {
      const params = name.split(".");
      return { params: params.slice(0, -1), fieldName: params.at(-1) ?? "", error };
    };
    const identity = { type: "CORPORATE", id: "1" };

    it.each<[string, object, InvalidField[]]>([
      ["an empty object", {}, [makeFault("REQUIRED", "identity")]],
      ["null for an identity", { identity: null }, [makeFault("REQUIRED", "identity")]],
      ["text for an identity", { identity: "me" }, [makeFault("REQUIRED", "identity")]],
      ["a list for an identity", { identity: [identity] }, [makeFault("REQUIRED", "identity")]],
      ["an empty identity", { identity: {} }, [makeFault("REQUIRED", "identity.type"), makeFault("REQUIRED", "identity.id")]],
      [
        "an identity of nulls",
        { identity: { type: null, id: null } },
        [makeFault("REQUIRED", "identity.type"), makeFault("REQUIRED", "identity.id")],
      ],
      ["an unknown type", { identity: { ...identity, type: "ALIEN" } }, [makeFault("NOT_IN", "identity.type")]],
      ["a type in other letters", { identity: { ...identity, type: "Corporate" } }, [makeFault("NOT_IN", "identity.type")]],
      ["an id with a space", { identity: { ...identity, id: "a b" } }, [makeFault("REGEX", "identity.id")]],
      ["an id with a sign", { identity: { ...identity, id: "a.b" } }, [makeFault("REGEX", "identity.id")]],
      ["an id that is a number", { identity: { ...identity, id: 1 } }, [makeFault("REGEX", "identity.id")]],
      ["an id with NUL", { identity: { ...identity, id: "a\0" } }, [makeFault("REGEX", "identity.id")]],
      ["an id too long", { identity: { ...identity, id: "x".repeat(65) } }, [makeFault("SIZE", "identity.id")]],
      ["an empty id", { identity: { ...identity, id: "" } }, [makeFault("HAS_TEXT", "identity.id")]],
      ["a blank id", { identity: { ...identity, id: "  " } }, [makeFault("HAS_TEXT", "identity.id")]],
      ["an empty clientAssertion", { identity, clientAssertion: "" }, [makeFault("HAS_TEXT", "clientAssertion")]],
      ["a blank token", { identity, token: " " }, [makeFault("HAS_TEXT", "token")]],
      ["a token that is not a text", { identity, token: 7 }, [makeFault("REGEX", "token")]],
      [
        "both modes",
        { identity, clientAssertion: "x", token: "y" },
        [makeFault("EXACTLY", "clientAssertion"), makeFault("EXACTLY", "token")],
      ],
      [
        "an id wrong in two ways beside a wrong type",
        { identity: { type: "ALIEN", id: `${"x".repeat(64)} !` } },
        [makeFault("NOT_IN", "identity.type"), makeFault("SIZE", "identity.id"), makeFault("REGEX", "identity.id")],
      ],
      [
        "both modes and no identity",
        { clientAssertion: "x", token: "y" },
        [makeFault("REQUIRED", "identity"), makeFault("EXACTLY", "clientAssertion"), makeFault("EXACTLY", "token")],
      ],
    ])("gets 400 with the faulty fields: %s", async (_what, body, expected) => {
      const before = await countIssuedTokens(polymint);
      const response = await expectWeavrResponse(
        400,
        request(polymint.url).post(weavrTokenPath).set("api-key", apiKeyOf(polymint)).send(body),
      );
      const { message, syntaxErrors } = response.body as { message: string; syntaxErrors: { invalidFields: InvalidField[] } };
      expect(message).toBe("Invalid request");
      const sorted = (fields: InvalidField[]) => fields.map((each) => JSON.stringify(each)).sort();
      expect(sorted(syntaxErrors.invalidFields)).toEqual(sorted(expected));
      expect(await countIssuedTokens(polymint)).toBe(before);
    });

    it.each([
      ["missing", undefined],
      ["empty", ""],
      ["blank", "   "],
    ])("gets the fault of an api-key that is %s beside all other faults", async (_what, apiKey) => {
      const test = request(polymint.url).post(weavrTokenPath);
      if (apiKey !== undefined) void test.set("api-key", apiKey);
      const { body } = await expectWeavrResponse(400, test.send({ identity: { type: "ALIEN" } }));
      const { invalidFields } = (body as { syntaxErrors: { invalidFields: InvalidField[] } }).syntaxErrors;
      const expected = [makeFault("REQUIRED", "api-key"), makeFault("NOT_IN", "identity.type"), makeFault("REQUIRED", "identity.id")];
      expect(invalidFields).toHaveLength(expected.length);
      expect(invalidFields).toEqual(expect.arrayContaining(expected));
    });

    it.each(["clientAssertion", "token"])("gets 400 for %s beside a bearer", async (mode) => {
      const test = request(polymint.url)
        .post(weavrTokenPath)
        .set("api-key", apiKeyOf(polymint))
        .set("Authorization", `Bearer ${authToken}`);
      const { body } = await expectWeavrResponse(400, test.send({ identity: identityOf(polymint), [mode]: "x" }));
      expect(body).toEqual({ message: "Invalid request", syntaxErrors: { invalidFields: [makeFault("EXACTLY", mode)] } });
    });

    it.each(["null", "[]", '"text"', "7", ""])("gets the missing field if the body is %j", async (json) => {
      const bytes = await postBytes(`${polymint.url}${weavrTokenPath}`, json, {
        "content-type": "application/json",
        "api-key": apiKeyOf(polymint),
      });
      const { text } = await expectWeavrResponse(400, Promise.resolve(bytes));
      expect(JSON.parse(text)).toEqual({
        message: "Invalid request",
        syntaxErrors: { invalidFields: [makeFault("REQUIRED", "identity")] },
      });
    });

    it.each(['{"identity":', "{identity:{}}", "{'identity':{}}", "\ufeff{}", "undefined"])(
      "gets only the message if %j does not parse",
      async (json) => {
        const bytes = await postBytes(`${polymint.url}${weavrTokenPath}`, json, {
          "content-type": "application/json",
          "api-key": apiKeyOf(polymint),
        });
        const { text } = await expectWeavrResponse(400, Promise.resolve(bytes));
        expect(JSON.parse(text)).toEqual({ message: "Invalid request" });
      },
    );
  });

  it("logs the request-ref beside the private reason", async () => {
    const response = await expectWeavrResponse(401, exchange(polymint, "made-up", identityOf(polymint)));
    const ref = response.headers["request-ref"];
    expect(polymint.logs.find((line) => line.correlationId === ref)).toMatchObject({
      contract: "weavr",
      client: programmeOf(polymint),
      grant: "auth_token",
      outcome: "invalid_grant",
      detail: "the auth token is unknown, expired or revoked",
    });
  });

  it("makes a new request-ref for each answer, whatever the caller sends", async () => {
    const mine = randomUUID();
    const refs = await Promise.all(
      [1, 2].map(async () => {
        const response = await exchange(polymint, authToken, identityOf(polymint)).set("request-ref", mine);
        return response.headers["request-ref"] as string;
      }),
    );
    expect(new Set([...refs, mine]).size).toBe(3);
  });
});

describe("weavr, at capacity", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ maxInFlight: 0 });
  });
  afterAll(() => polymint.stop());

  it("names the limit and when it ends, without a body", async () => {
    const response = await good(polymint);
    expect(response.status).toBe(429);
    mustConform(response, "weavr", weavrTokenPath);
    expect(response.text).toBe("");
    expect(response.headers["x-ratelimit-limit"]).toMatch(/^\d+(, \d+;w=\d+)+$/);
    expect(response.headers["x-ratelimit-reset"]).toMatch(/^\d+$/);
    expect(response.headers["retry-after"]).toBe(response.headers["x-ratelimit-reset"]);
  });
});
