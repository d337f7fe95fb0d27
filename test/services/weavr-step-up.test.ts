import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "jsonwebtoken";
import request, { type Response, type Test } from "supertest";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeAuthTokens } from "../../src/store/programmes/auth-tokens";
import { type Database, openDatabase } from "../../src/store/database";
import { makeUsers } from "../../src/store/programmes/users";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { seededPassword } from "../../src/testkit/seed";
import { mustConform } from "../harness/conformance";
import { type FaultyWire, makeFaultyWire } from "../../src/contract-suite/faulty-wire";
import { postBytes } from "../harness/post-bytes";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";
import { withoutTable } from "../../src/contract-suite/tables";

/** A response whose body has no assumed type. */
type UntypedResponse = Omit<Response, "body"> & { body: unknown };

const challengePath = "/stepup/challenges/otp";
const verifyPath = "/stepup/challenges/otp/verify";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const apiKeyOf = (polymint: TestPolymint) => polymint.clients.weavr.secret;

interface StepUpCaller {
  authToken?: string | undefined;
  apiKey?: string;
  url?: string;
}

function post(polymint: TestPolymint, path: string, { authToken, apiKey = apiKeyOf(polymint), url = polymint.url }: StepUpCaller): Test {
  const test = request(url).post(path).set("api-key", apiKey);
  return authToken === undefined ? test : test.set("Authorization", `Bearer ${authToken}`);
}

async function expectResponse(status: number, path: string, test: Test | Promise<Response>): Promise<UntypedResponse> {
  const response = await test;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "weavr-step-up", path);
  expect(response.headers["request-ref"]).toMatch(uuid);
  expect(response.headers["cache-control"]).toBe("no-store");
  return response;
}

const postChallenge = (polymint: TestPolymint, asking: StepUpCaller) => post(polymint, challengePath, asking);
const postCode = (polymint: TestPolymint, body: object, asking: StepUpCaller) => post(polymint, verifyPath, asking).send(body);
const expectRefusedChallenge = async (status: number, test: Test) => {
  const response = await expectResponse(status, challengePath, test);
  expect(response.text).toBe("");
  return response;
};
const expectRefusedCode = async (status: number, test: Test) => {
  const response = await expectResponse(status, verifyPath, test);
  expect(response.text).toBe("");
  return response;
};

/** Creates a user without challenges and logs in. */
async function createUser(polymint: TestPolymint, programme = polymint.clients.weavr) {
  const facts = { email: `${randomUUID()}@example.com`, programmeId: programme.clientId, role: "USER" } as const;
  const identityIds = facts.programmeId === polymint.clients.weavr.clientId ? polymint.user.identities.map(({ id }) => id) : [];
  const id = await makeUsers(polymint.database).create({ ...facts, passwordHash: seededPassword.hash, identityIds }, polymint.clock());
  const login = request(polymint.url).post("/login_with_password").set("api-key", programme.secret);
  const response = await login.send({ email: facts.email, password: { value: seededPassword.password } }).expect(200);
  return { id, email: facts.email, authToken: (response.body as { token: string }).token };
}

type LoggedInUser = Awaited<ReturnType<typeof createUser>>;

/** Requests a challenge. @returns the body that answers it */
async function requestChallenge(polymint: TestPolymint, { authToken, email }: LoggedInUser, otps: TestPolymint["otps"] = polymint.otps) {
  const { body } = await expectResponse(200, challengePath, postChallenge(polymint, { authToken }));
  const { challengeId } = body as { challengeId: string };
  const sent = otps.at(-1);
  expect(sent?.email).toBe(email);
  return { challengeId, verificationCode: sent?.code ?? "" };
}

const makeWrongCode = (code: string) => ((Number(code) + 1) % 1_000_000).toString().padStart(6, "0");

describe("stepping up", () => {
  let polymint: TestPolymint;
  let user: LoggedInUser;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());
  beforeEach(async () => {
    user = await createUser(polymint);
  });

  const bringCode = (body: object, asking: StepUpCaller = user) => postCode(polymint, body, asking);
  const tokenOf = ({ body }: UntypedResponse) => (body as { token: string }).token;
  const exchange = async (bearer: string, index: 0 | 1 = 0) => {
    const test = request(polymint.url).post("/access_token").set("api-key", apiKeyOf(polymint));
    const response = await test.set("Authorization", `Bearer ${bearer}`).send({ identity: polymint.user.identities[index] });
    return response.body as { token: string; status: string };
  };

  it("sends six digits to the user and names their lifetime", async () => {
    const { body } = await expectResponse(200, challengePath, postChallenge(polymint, user));
    expect(body).toEqual({ challengeId: expect.stringMatching(uuid) as string, expiresIn: 300 });
    expect(polymint.otps.at(-1)).toEqual({
      email: user.email,
      code: expect.stringMatching(/^\d{6}$/) as string,
      expiresInSeconds: 300,
    });
  });

  it("needs nothing in the body, and accepts an object there", async () => {
    await expectResponse(200, challengePath, postChallenge(polymint, user).send({}));
    await expectResponse(200, challengePath, postChallenge(polymint, user).send({ channel: "SMS", more: [1] }));
  });

  it("gives another auth token that makes STEPPED_UP access tokens for every identity, and leaves the old one STANDARD", async () => {
    const { body } = await expectResponse(200, verifyPath, bringCode(await requestChallenge(polymint, user)));
    expect(body).toEqual({
      token: expect.stringMatching(/^pma_[\w-]{40,}$/) as string,
      tokenType: "AUTH",
      credentials: { type: "USER", id: user.id },
    });
    const { token } = body as { token: string };
    expect(token).not.toBe(user.authToken);
    const first = await exchange(token);
    expect(first.status).toBe("STEPPED_UP");
    expect(decode(first.token)).toMatchObject({ status: "STEPPED_UP", credentials: { id: user.id } });
    expect((await exchange(token, 1)).status).toBe("STEPPED_UP");
    const bySecond = await exchange(first.token, 1);
    expect(bySecond.status).toBe("STEPPED_UP");
    expect(decode(bySecond.token)).toMatchObject({ status: "STEPPED_UP" });
    expect((await exchange(user.authToken)).status).toBe("STANDARD");
  });

  it("can be repeated with its own auth token", async () => {
    const steppedUpToken = tokenOf(await expectResponse(200, verifyPath, bringCode(await requestChallenge(polymint, user))));
    const again = await requestChallenge(polymint, { ...user, authToken: steppedUpToken });
    await expectResponse(200, verifyPath, bringCode(again, { authToken: steppedUpToken }));
  });

  it("can be done with any of the open challenges", async () => {
    const [first, second] = [await requestChallenge(polymint, user), await requestChallenge(polymint, user)];
    expect(second.challengeId).not.toBe(first.challengeId);
    if (first.verificationCode !== second.verificationCode) {
      await expectRefusedCode(401, bringCode({ ...first, verificationCode: second.verificationCode }));
    }
    await expectResponse(200, verifyPath, bringCode(second));
    await expectResponse(200, verifyPath, bringCode(first));
  });

  describe("the answer 401", () => {
    it("is given to a wrong code, and the right one still works", async () => {
      const good = await requestChallenge(polymint, user);
      await expectRefusedCode(401, bringCode({ ...good, verificationCode: makeWrongCode(good.verificationCode) }));
      await expectResponse(200, verifyPath, bringCode(good));
    });

    it("is given to a challenge that is unknown or another user's, which still works for that user", async () => {
      const good = await requestChallenge(polymint, user);
      const other = await createUser(polymint);
      await expectRefusedCode(401, bringCode({ ...good, challengeId: randomUUID() }));
      await expectRefusedCode(401, bringCode(good, other));
      await expectResponse(200, verifyPath, bringCode(good));
    });

    it("is given to a code that is spent", async () => {
      const good = await requestChallenge(polymint, user);
      await expectResponse(200, verifyPath, bringCode(good));
      await expectRefusedCode(401, bringCode(good));
    });

    it("is given to a code that has expired, 300 seconds after it was sent", async () => {
      const [good, late] = [await requestChallenge(polymint, user), await requestChallenge(polymint, user)];
      polymint.clock.advance(299);
      const steppedUpToken = tokenOf(await expectResponse(200, verifyPath, bringCode(good)));
      polymint.clock.advance(1);
      await expectRefusedCode(401, bringCode(late, { authToken: steppedUpToken }));
    });

    it("is given to the right code after five wrong ones", async () => {
      const good = await requestChallenge(polymint, user);
      for (let guess = 0; guess < 5; guess += 1)
        await expectRefusedCode(401, bringCode({ ...good, verificationCode: makeWrongCode(good.verificationCode) }));
      await expectRefusedCode(401, bringCode(good));
      const [last] = [await requestChallenge(polymint, user)];
      for (let guess = 0; guess < 4; guess += 1)
        await expectRefusedCode(401, bringCode({ ...last, verificationCode: makeWrongCode(last.verificationCode) }));
      await expectResponse(200, verifyPath, bringCode(last));
    });

    it("is the same for every reason", async () => {
      const good = await requestChallenge(polymint, user);
      const answers = [
        await expectRefusedCode(401, bringCode({ ...good, verificationCode: makeWrongCode(good.verificationCode) })),
        await expectRefusedCode(401, bringCode({ ...good, challengeId: randomUUID() })),
      ].map(({ headers }) => Object.keys(headers).sort());
      expect(answers[0]).toEqual(answers[1]);
    });
  });

  it("counts every attempt, however many come at once to two servers", async () => {
    const second = await polymint.startAnother();
    const good = await requestChallenge(polymint, user);
    const bad = { ...good, verificationCode: makeWrongCode(good.verificationCode) };
    const guesses = Array.from({ length: 10 }, (_, index) => bringCode(bad, index % 2 === 0 ? user : { ...user, ...second }));
    expect((await Promise.all(guesses)).map(({ status }) => status)).toEqual(guesses.map(() => 401));
    const rows: unknown[] = await polymint.database.build((knex) =>
      knex("otp_challenges").where("id", good.challengeId).select("attempts"),
    );
    expect(rows).toEqual([{ attempts: 5 }]);
    await expectRefusedCode(401, bringCode(good));
  });

  it("accepts the right code once when it comes five times at once to two servers", async () => {
    const second = await polymint.startAnother();
    const good = await requestChallenge(polymint, user);
    const tries = Array.from({ length: 5 }, (_, index) => bringCode(good, index % 2 === 0 ? user : { ...user, ...second }));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 401, 401, 401, 401]);
    const tokens = await polymint.database.build((knex) =>
      knex("auth_tokens").where({ user_id: user.id, assurance: "STEPPED_UP" }).pluck<string[]>("user_id"),
    );
    expect(tokens).toEqual([user.id]);
  });

  describe("the limit", () => {
    function expectLimit(response: UntypedResponse, limit: string, most: number): void {
      expect(response.headers["x-ratelimit-limit"]).toBe(limit);
      const wait = Number(response.headers["retry-after"]);
      expect(response.headers["x-ratelimit-reset"]).toBe(String(wait));
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(most);
    }
    const withFreshToken = async (): Promise<LoggedInUser> => ({ ...user, authToken: await issueAuthToken() });
    /** Issues a new auth token, since the old one expires in the time that passes here. */
    async function issueAuthToken(): Promise<string> {
      const token = randomUUID();
      const store = makeAuthTokens({ database: polymint.database, digest: makeSecretDigest(polymint.pepper) });
      await store.issue(token, user.id, "STANDARD", polymint.clock());
      return token;
    }

    it("is five challenges in ten minutes for each user", async () => {
      for (let sent = 0; sent < 5; sent += 1) await requestChallenge(polymint, user);
      const before = polymint.otps.length;
      expectLimit(await expectRefusedChallenge(429, postChallenge(polymint, user)), "5, 5;w=600", 600);
      expect(polymint.otps).toHaveLength(before);
      await requestChallenge(polymint, await createUser(polymint));
      polymint.clock.advance(599);
      const waiting = await withFreshToken();
      expectLimit(await expectRefusedChallenge(429, postChallenge(polymint, waiting)), "5, 5;w=600", 1);
      polymint.clock.advance(1);
      await requestChallenge(polymint, waiting);
    });

    it("is five challenges even if ten are asked for at once", async () => {
      const before = polymint.otps.length;
      const answers = await Promise.all(Array.from({ length: 10 }, () => postChallenge(polymint, user)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 429, 429, 429, 429, 429]);
      expect(polymint.otps).toHaveLength(before + 5);
    });

    it("is 15 failed codes in an hour for each user, whatever the challenges", async () => {
      const last = await requestChallenge(polymint, user);
      for (let guess = 0; guess < 15; guess += 1) await expectRefusedCode(401, bringCode({ ...last, challengeId: randomUUID() }));
      expectLimit(await expectRefusedCode(429, bringCode(last)), "15, 15;w=3600", 3600);
      polymint.clock.advance(3599);
      expectLimit(await expectRefusedCode(429, bringCode(last, await withFreshToken())), "15, 15;w=3600", 1);
      polymint.clock.advance(1);
      const back = await withFreshToken();
      await expectResponse(200, verifyPath, bringCode(await requestChallenge(polymint, back), back));
    });

    it("counts failures only, and a success clears them", async () => {
      for (let round = 0; round < 2; round += 1) {
        for (let guess = 0; guess < 14; guess += 1) {
          await expectRefusedCode(401, bringCode({ challengeId: randomUUID(), verificationCode: "000000" }));
        }
        await expectResponse(200, verifyPath, bringCode(await requestChallenge(polymint, user)));
      }
    });

    it("does not count requests that break the contract", async () => {
      const good = await requestChallenge(polymint, user);
      for (let guess = 0; guess < 16; guess += 1) await expectResponse(400, verifyPath, bringCode({ ...good, verificationCode: "12345" }));
      await expectResponse(200, verifyPath, bringCode(good));
    });
  });

  describe("authentication", () => {
    const nothing = { challengeId: randomUUID(), verificationCode: "123456" };
    const expectBoth = async (status: number, asking: StepUpCaller): Promise<void> => {
      await expectRefusedChallenge(status, postChallenge(polymint, asking));
      await expectRefusedCode(status, bringCode(nothing, asking));
    };

    it("needs an auth token, else 401: none, an unknown, an expired or a revoked one", async () => {
      for (const authToken of [undefined, "x", `${user.authToken}x`, user.authToken.slice(0, -1)]) await expectBoth(401, { authToken });
      const store = makeAuthTokens({ database: polymint.database, digest: makeSecretDigest(polymint.pepper) });
      await store.revoke(user.authToken, polymint.clock());
      await expectBoth(401, user);
      const late = await createUser(polymint);
      polymint.clock.advance(300);
      await expectBoth(401, late);
    });

    it("does not accept an access token, which would become a login", async () => {
      const access = await exchange(user.authToken);
      await expectBoth(401, { authToken: access.token });
    });

    it("needs a user who is not disabled", async () => {
      await makeUsers(polymint.database).setStatus(user.id, "disabled");
      await expectBoth(401, user);
    });

    it("needs a live api-key, else 401, of the user's own programme, else 403", async () => {
      const other = await polymint.register({ contracts: ["weavr"] });
      const good = await requestChallenge(polymint, user);
      await expectBoth(401, { ...user, apiKey: "wrong" });
      await expectBoth(401, { ...user, apiKey: polymint.clients.abbeycross.secret });
      await expectBoth(403, { ...user, apiKey: other.secret?.value ?? "" });
      await expectRefusedCode(403, bringCode(good, { ...user, apiKey: other.secret?.value ?? "" }));
      await expectResponse(200, verifyPath, bringCode(good));
    });
  });

  describe("a request that breaks the contract", () => {
    const makeFault = (error: string, fieldName: string) => ({ params: [], fieldName, error });
    const challengeId = randomUUID();
    const verificationCode = "123456";
    const missing = [makeFault("REQUIRED", "challengeId"), makeFault("REQUIRED", "verificationCode")];

    it.each<[string, object, object[]]>([
      ["nothing", {}, missing],
      ["nulls", { challengeId: null, verificationCode: null }, missing],
      ["a list", [1], missing],
      ["an id that is not a UUID", { challengeId: "1", verificationCode }, [makeFault("REGEX", "challengeId")]],
      ["an id in capitals", { challengeId: "A".repeat(8) + challengeId.slice(8), verificationCode }, [makeFault("REGEX", "challengeId")]],
      ["an id that is not a text", { challengeId: 7, verificationCode }, [makeFault("REGEX", "challengeId")]],
      ["an empty id", { challengeId: "", verificationCode }, [makeFault("HAS_TEXT", "challengeId")]],
      ["an id with NUL", { challengeId: `${challengeId}\0`, verificationCode }, [makeFault("REGEX", "challengeId")]],
      ["a code too short", { challengeId, verificationCode: "12345" }, [makeFault("REGEX", "verificationCode")]],
      ["a code too long", { challengeId, verificationCode: "1234567" }, [makeFault("REGEX", "verificationCode")]],
      ["a code that is a number", { challengeId, verificationCode: 123456 }, [makeFault("REGEX", "verificationCode")]],
      ["a code in other digits", { challengeId, verificationCode: "١٢٣٤٥٦" }, [makeFault("REGEX", "verificationCode")]],
      ["a code with NUL", { challengeId, verificationCode: "12345\0" }, [makeFault("REGEX", "verificationCode")]],
      ["a blank code", { challengeId, verificationCode: "      " }, [makeFault("HAS_TEXT", "verificationCode")]],
    ])("gets 400 with the faulty fields: %s", async (_what, body, expected) => {
      const response = await expectResponse(400, verifyPath, bringCode(body));
      expect(response.body).toEqual({ message: "Invalid request", syntaxErrors: { invalidFields: expected } });
    });

    it("gets 400 for a missing or blank api-key", async () => {
      const expected = { message: "Invalid request", syntaxErrors: { invalidFields: [makeFault("REQUIRED", "api-key")] } };
      const without = request(polymint.url).post(challengePath).set("Authorization", `Bearer ${user.authToken}`);
      expect((await expectResponse(400, challengePath, without)).body).toEqual(expected);
      for (const apiKey of ["", "  "]) {
        expect((await expectResponse(400, challengePath, postChallenge(polymint, { ...user, apiKey }))).body).toEqual(expected);
        const test = bringCode({ challengeId, verificationCode }, { ...user, apiKey });
        expect((await expectResponse(400, verifyPath, test)).body).toEqual(expected);
      }
    });

    it("gets only the message if it does not parse, or is not an object where nothing is required", async () => {
      const headers = { "content-type": "application/json", "api-key": apiKeyOf(polymint), authorization: `Bearer ${user.authToken}` };
      const bare = { message: "Invalid request" };
      for (const bytes of ['{"challengeId":', "x", Buffer.from([0x22, 0xff, 0x22])]) {
        for (const path of [challengePath, verifyPath]) {
          const { text } = await expectResponse(400, path, postBytes(`${polymint.url}${path}`, bytes, headers));
          expect(JSON.parse(text)).toEqual(bare);
        }
      }
      const { text } = await expectResponse(400, challengePath, postBytes(`${polymint.url}${challengePath}`, "[]", headers));
      expect(JSON.parse(text)).toEqual(bare);
    });
  });

  it.each([challengePath, verifyPath])("answers 404, 405, 413 and 415 with code and message at %s", async (path) => {
    const send = (bytes: string, type: string) => postBytes(`${polymint.url}${path}`, bytes, { "content-type": type });
    const answers = [
      await expectResponse(404, path, request(polymint.url).post(`${path}/x`)),
      await expectResponse(405, path, request(polymint.url).get(path)),
      await expectResponse(413, path, send(`{"x":"${"x".repeat(65_536)}"}`, "application/json")),
      await expectResponse(415, path, send("{}", "text/plain")),
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
    const good = await requestChallenge(polymint, user);
    const answers = await withoutTable(
      polymint,
      "otp_challenges",
      async () => [await postChallenge(polymint, user), await bringCode(good)] as const,
    );
    expect((await expectResponse(500, challengePath, Promise.resolve(answers[0]))).text).toBe("");
    expect((await expectResponse(500, verifyPath, Promise.resolve(answers[1]))).text).toBe("");
    await expectResponse(200, verifyPath, bringCode(good));
  });

  it("logs who stepped up, and never a code or a token", async () => {
    const good = await requestChallenge(polymint, user);
    await expectRefusedCode(401, bringCode({ ...good, verificationCode: makeWrongCode(good.verificationCode) }));
    const response = await expectResponse(200, verifyPath, bringCode(good));
    const line = polymint.logs.find(({ correlationId }) => correlationId === response.headers["request-ref"]);
    expect(line).toMatchObject({ contract: "weavr-step-up", client: polymint.clients.weavr.clientId, grant: "otp", outcome: "ok" });
    const logged = JSON.stringify(polymint.logs.map(({ durationMs: _durationMs, ...rest }) => rest));
    for (const secret of [
      `"${good.verificationCode}"`,
      ` ${good.verificationCode}`,
      user.authToken,
      tokenOf(response),
      apiKeyOf(polymint),
    ]) {
      expect(logged).not.toContain(secret);
    }
  });

  it("stores neither a code nor a token in plain text", async () => {
    const good = await requestChallenge(polymint, user);
    const steppedUpToken = tokenOf(await expectResponse(200, verifyPath, bringCode(good)));
    const digests = await polymint.database.build((knex) =>
      knex("otp_challenges").where("id", good.challengeId).pluck<Buffer[]>("code_digest"),
    );
    expect(digests).toEqual([expect.any(Buffer)]);
    expect(digests[0]).toHaveLength(32);
    expect(digests).not.toContainEqual(makeSecretDigest(polymint.pepper)(good.verificationCode));
    const tokens: unknown[] = await polymint.database.build((knex) => knex("auth_tokens").select());
    expect(JSON.stringify(tokens)).not.toContain(steppedUpToken);
  });
});

describe("stepping up, during faults", () => {
  let polymint: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ polymint, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 500, connectTimeoutMs: 1000 }));
  });
  afterAll(() => stop());

  it("answers a bare 503 while the database is unreachable or silent, and the code stays valid", async () => {
    const user = await createUser(polymint);
    const good = await requestChallenge(polymint, user);
    for (const breakIt of [() => wire.cut(), () => wire.silence()]) {
      breakIt();
      const refused = await Promise.all([
        expectRefusedChallenge(503, postChallenge(polymint, user)),
        expectRefusedCode(503, postCode(polymint, good, user)),
      ]);
      for (const { headers } of refused) expect(headers["retry-after"]).toMatch(/^\d+$/);
      wire.mend();
    }
    await expectResponse(200, verifyPath, postCode(polymint, good, user));
  });
});

describe("stepping up, with a slow or locked database", () => {
  let wire: FaultyWire;
  let polymint: TestPolymint;
  let other: Database;
  let sending: () => Promise<void>;
  const sent: { email: string; code: string; expiresInSeconds: number }[] = [];
  beforeAll(async () => {
    wire = await makeFaultyWire();
    let direct: Record<string, unknown> = {};
    polymint = await startPolymint({
      connectThrough: (connection) => wire.through((direct = connection)),
      otpSender: {
        send: async (message) => {
          sent.push(message);
          await sending();
        },
      },
      statementTimeoutMs: 1_000,
      requestWaitMs: 700,
    });
    other = openDatabase({ connection: direct, poolMax: 2, connectTimeoutMs: 10_000, statementTimeoutMs: 30_000 });
  });
  beforeEach(() => {
    sending = () => Promise.resolve();
  });
  afterAll(async () => {
    await other.close();
    await polymint.stop();
    await wire.close();
  });

  it("spends no code for a request that was given up", async () => {
    const user = await createUser(polymint);
    const good = await requestChallenge(polymint, user, sent);
    wire.slow(75);
    await expectRefusedCode(503, postCode(polymint, good, user));
    wire.slow(0);
    await expectResponse(200, verifyPath, postCode(polymint, good, user));
  });

  it("counts no attempt that a fault ended", async () => {
    const user = await createUser(polymint);
    const good = await requestChallenge(polymint, user, sent);
    await other.transaction(async (transaction) => {
      await transaction.raw("LOCK TABLE otp_challenges IN ACCESS EXCLUSIVE MODE");
      for (let tries = 0; tries < 4; tries += 1)
        await Promise.all(Array.from({ length: 4 }, () => expectRefusedCode(503, postCode(polymint, good, user))));
    });
    await expectResponse(200, verifyPath, postCode(polymint, good, user));
  });

  it("waits for the OTP sender even while the database is slow", async () => {
    const user = await createUser(polymint);
    sending = async () => {
      await Promise.all([polymint.database.build((knex) => knex.raw("SELECT pg_sleep(0.9)")), sleep(900)]);
    };
    await requestChallenge(polymint, user, sent);
  });
});

describe("stepping up, at capacity", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ maxInFlight: 0 });
  });
  afterAll(() => polymint.stop());

  it("answers 429 with the limit", async () => {
    const answers = [
      await expectRefusedChallenge(429, postChallenge(polymint, { authToken: "x" })),
      await expectRefusedCode(429, postCode(polymint, { challengeId: randomUUID(), verificationCode: "123456" }, { authToken: "x" })),
    ];
    for (const { headers } of answers) {
      expect(headers["x-ratelimit-limit"]).toBe(`0, 0;w=${headers["retry-after"]}`);
      expect(headers["x-ratelimit-reset"]).toBe(headers["retry-after"]);
    }
  });
});

describe("stepping up, with weavr switched off", () => {
  it("answers 404", async () => {
    const polymint = await startPolymint({ contracts: ["abbeycross"] });
    const response = await postChallenge(polymint, { authToken: "x" });
    await polymint.stop();
    expect((await expectResponse(404, challengePath, Promise.resolve(response))).body).toMatchObject({ code: "NOT_FOUND" });
  });
});
