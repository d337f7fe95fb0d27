import { decode } from "jsonwebtoken";
import request from "supertest";
import { makeSecret } from "../../src/secrets/secret";
import { seededPassword } from "../../src/testkit/seed";
import { makeIdentities } from "../../src/store/programmes/identities";
import { NotFoundError } from "../../src/store/database/errors";
import { makeUsers } from "../../src/store/programmes/users";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import type { FaultyWire } from "../../src/contract-suite/faulty-wire";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";
import { countIssuedTokens } from "../../src/contract-suite/tables";
import {
  expectWeavrResponse,
  apiKeyOf,
  requestAccessToken,
  identityOf,
  weavrTokenPath,
  programmeOf,
  loggedReasonFor,
} from "../harness/weavr-requests";

let polymint: TestPolymint;
beforeAll(async () => {
  polymint = await startPolymint();
});
afterAll(() => polymint.stop());

const identity = () => identityOf(polymint);
const send = (token: string, asked: object = identity(), apiKey = apiKeyOf(polymint)) =>
  requestAccessToken(polymint, apiKey, { identity: asked, token });

async function expectToken(token: string): Promise<string> {
  return ((await expectWeavrResponse(200, send(token))).body as { token: string }).token;
}

async function expectRefusal(token: string, reason: string | RegExp): Promise<void> {
  const before = await countIssuedTokens(polymint);
  const response = await expectWeavrResponse(401, send(token));
  expect(loggedReasonFor(polymint, response)).toMatch(reason);
  expect(response.text).toBe("");
  expect(await countIssuedTokens(polymint)).toBe(before);
}

describe("a one-time token", () => {
  it("gives an access token in its user's name, for its identity", async () => {
    const token = await polymint.createOneTimeToken();
    expect(token).toMatch(/^pmo_[\w-]{51}$/);
    const { body } = await expectWeavrResponse(200, send(token));
    expect(body).toEqual({
      token: expect.any(String) as string,
      identity: identity(),
      credentials: { type: "ROOT", id: polymint.user.id },
      status: "STANDARD",
    });
    const { jti, status } = decode((body as { token: string }).token) as Record<string, unknown>;
    expect(status).toBe("STANDARD");
    const columns = ["client_id", "grant_type", "subject", "actor"];
    const rows: unknown[] = await polymint.database.build((knex) => knex("issued_tokens").where({ jti }).select(columns));
    expect(rows).toEqual([
      { client_id: programmeOf(polymint), grant_type: "one_time_token", subject: identity().id, actor: polymint.user.id },
    ]);
  });

  it("gives an access token of its own assurance", async () => {
    const { body } = await expectWeavrResponse(200, send(await polymint.createOneTimeToken({ assurance: "STEPPED_UP" })));
    expect(body).toMatchObject({ status: "STEPPED_UP" });
    expect(decode((body as { token: string }).token)).toMatchObject({ status: "STEPPED_UP" });
  });

  it("is accepted once", async () => {
    const token = await polymint.createOneTimeToken();
    await expectToken(token);
    await expectRefusal(token, "spent or has expired");
  });

  it("is accepted once when it comes ten times at once, to two servers", async () => {
    const second = await polymint.startAnother();
    const before = await countIssuedTokens(polymint);
    const body = { identity: identity(), token: await polymint.createOneTimeToken() };
    const answers = Array.from({ length: 10 }, (_, index) =>
      requestAccessToken(index % 2 === 0 ? polymint : second, apiKeyOf(polymint), body),
    );
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
    expect(await countIssuedTokens(polymint)).toBe(before + 1);
  });

  it("lives 120 seconds, or as long as it was made for", async () => {
    const [usual, short, dead] = [
      await polymint.createOneTimeToken(),
      await polymint.createOneTimeToken({ lifetimeSeconds: 1 }),
      await polymint.createOneTimeToken(),
    ];
    polymint.clock.advance(1);
    await expectRefusal(short, "spent or has expired");
    polymint.clock.advance(118);
    await expectToken(usual);
    polymint.clock.advance(1);
    await expectRefusal(dead, "spent or has expired");
  });

  it("gets 401 if it is unknown, changed, cut short, stretched or of another kind", async () => {
    const good = await polymint.createOneTimeToken();
    const made = [makeSecret("one_time_token"), makeSecret("auth_token"), apiKeyOf(polymint)];
    const bent = [good.slice(0, -1), `${good}x`, ` ${good}`, good.toUpperCase(), good.slice(4), "x", "x".repeat(60_000), "ü\u{1f511}"];
    for (const token of [...made, ...bent]) await expectRefusal(token, "unknown");
    await expectToken(good);
  });

  it("gets 400 with a NUL, and 413 if the body is too large", async () => {
    const good = await polymint.createOneTimeToken();
    const field = { params: [], fieldName: "token", error: "REGEX" };
    const response = await expectWeavrResponse(400, send(`${good}\0`));
    expect(response.body).toEqual({ message: "Invalid request", syntaxErrors: { invalidFields: [field] } });
    expect((await expectWeavrResponse(413, send("x".repeat(65_536)))).body).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    await expectToken(good);
  });

  it("counts as unknown under another programme's key", async () => {
    const other = await polymint.register({ contracts: ["weavr"] });
    const token = await polymint.createOneTimeToken();
    const response = await expectWeavrResponse(401, send(token, identity(), other.secret?.value));
    expect(response.text).toBe("");
    await expectToken(token);
  });

  it("gets 404 for any identity but its own, and is not spent", async () => {
    const token = await polymint.createOneTimeToken();
    const unlinked = await makeIdentities(polymint.database).create(programmeOf(polymint), "CORPORATE", polymint.clock());
    for (const id of [identityOf(polymint, 1).id, unlinked, "123456789012345678"]) {
      const { body } = await expectWeavrResponse(404, send(token, { type: "CORPORATE", id }));
      expect(body).toMatchObject({ code: "IDENTITY_NOT_FOUND" });
    }
    await expectToken(token);
  });

  it("needs the right type of its identity, and an active identity", async () => {
    const token = await polymint.createOneTimeToken();
    const { id } = identity();
    expect((await expectWeavrResponse(401, send(token, { type: "CONSUMER", id }))).text).toBe("");
    await makeIdentities(polymint.database).setStatus(id, "deactivated");
    expect((await expectWeavrResponse(403, send(token))).text).toBe("");
    await makeIdentities(polymint.database).setStatus(id, "active");
    await expectToken(token);
  });

  it("is not spent by a request that breaks the contract or lacks the key", async () => {
    const token = await polymint.createOneTimeToken();
    await expectWeavrResponse(400, send(token, { type: "ALIEN", id: identity().id }));
    await expectWeavrResponse(400, requestAccessToken(polymint, apiKeyOf(polymint), { identity: identity(), token, clientAssertion: "x" }));
    await expectWeavrResponse(400, send(token).set("Authorization", "Bearer x"));
    await expectWeavrResponse(401, send(token, identity(), "wrong"));
    await expectToken(token);
  });

  it("is refused while its user is disabled or no longer linked to the identity", async () => {
    const users = makeUsers(polymint.database);
    const facts = { programmeId: programmeOf(polymint), role: "USER", identityIds: [identity().id] } as const;
    const userId = await users.create({ ...facts, email: "other@example.com", passwordHash: seededPassword.hash }, polymint.clock());
    const token = await polymint.createOneTimeToken({ userId });
    await users.setStatus(userId, "disabled");
    await expectRefusal(token, "a disabled user's");
    await users.setStatus(userId, "active");
    const link = { user_id: userId, identity_id: identity().id };
    await polymint.database.build((knex) => knex("user_identities").where(link).delete());
    await expectWeavrResponse(404, send(token));
    await polymint.database.build((knex) => knex("user_identities").insert(link));
    const { body } = await expectWeavrResponse(200, send(token));
    expect(body).toMatchObject({ credentials: { type: "USER", id: userId } });
  });

  it("cannot be made for a user of another programme, or for an identity that the user is not linked to", async () => {
    const other = await polymint.register({ contracts: ["weavr"] });
    const foreign = await makeIdentities(polymint.database).create(other.client.id, "CORPORATE", polymint.clock());
    for (const wanted of [{ programmeId: other.client.id }, { identityId: foreign }, { userId: "1" }, { identityId: "1" }]) {
      await expect(polymint.createOneTimeToken(wanted)).rejects.toBeInstanceOf(NotFoundError);
    }
  });

  it("makes an access token for one identity, which does not count as a login", async () => {
    const token = await expectToken(await polymint.createOneTimeToken());
    for (const index of [0, 1] as const) {
      const test = request(polymint.url).post(weavrTokenPath).set("api-key", apiKeyOf(polymint)).set("Authorization", `Bearer ${token}`);
      await expectWeavrResponse(401, test.send({ identity: identityOf(polymint, index) }));
    }
  });

  it("is neither stored nor logged", async () => {
    const token = await polymint.createOneTimeToken();
    const rows: unknown[] = await polymint.database.build((knex) => knex("one_time_tokens").select());
    await expectToken(token);
    await expectRefusal(token, "spent");
    expect(JSON.stringify([rows, polymint.logs])).not.toContain(token);
  });
});

describe("a one-time token, while the database is away", () => {
  let away: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ polymint: away, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 1000, connectTimeoutMs: 2000 }));
  });
  afterAll(() => stop());

  it("gets 503, is not spent, and works afterwards", async () => {
    const token = await away.createOneTimeToken({ lifetimeSeconds: 3600 });
    const body = { identity: identityOf(away), token };
    for (const breakIt of [() => wire.cut(), () => wire.silence()]) {
      breakIt();
      const response = await expectWeavrResponse(503, requestAccessToken(away, apiKeyOf(away), body));
      expect(response.text).toBe("");
      wire.mend();
    }
    await expectWeavrResponse(200, requestAccessToken(away, apiKeyOf(away), body));
  });
});
