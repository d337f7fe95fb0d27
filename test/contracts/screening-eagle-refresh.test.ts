import { createHash } from "node:crypto";
import { decode } from "jsonwebtoken";
import request from "supertest";
import { makePeople } from "../../src/store/people/people";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makeOwnPerson } from "../harness/own-person";
import {
  type ScreeningEagleApp,
  badGrant,
  allScopes,
  expectTokens,
  isActive,
  expectRefusal,
  registerApp,
  tokenPath,
} from "../harness/screening-eagle-app";

const day = 86_400;

let polymint: TestPolymint;
let app: ScreeningEagleApp;
beforeAll(async () => {
  polymint = await startPolymint();
  app = await registerApp(polymint);
});
afterAll(() => polymint.stop());

const ledgerSize = async () =>
  (await polymint.database.build((knex) => knex("issued_tokens").count<{ count: string }[]>({ count: "*" })))[0]?.count;
const claimsOf = (token: string) => decode(token) as Record<string, unknown>;
const refreshed = async (token: string, changes: Record<string, string> = {}) => {
  const tokens = await expectTokens(app.refresh(token, changes));
  return { ...tokens, refresh_token: tokens.refresh_token ?? "" };
};

/** Refused with one and the same answer, and nothing is issued. */
async function badlyGranted(test: Parameters<typeof expectRefusal>[1]): Promise<void> {
  const before = await ledgerSize();
  expect(await expectRefusal(400, test)).toBe(badGrant);
  expect(await ledgerSize()).toBe(before);
}

describe("a refresh token gives", () => {
  it("what the code gave, and a successor", async () => {
    const first = await app.tokens();
    const second = await expectTokens(app.refresh(first.refresh_token));
    expect(second).toEqual({
      scope: allScopes,
      token_type: "Bearer",
      access_token: expect.any(String) as string,
      expires_in: 604_800,
      id_token: expect.any(String) as string,
      refresh_token: expect.stringMatching(/^pmr_[A-Za-z0-9_-]{51}$/) as string,
    });
    expect(second.access_token).not.toBe(first.access_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await isActive(polymint, app, first.access_token)).toBe(true);
    await expectTokens(app.refresh(second.refresh_token));
  });

  it("an id token of the same login, without the nonce (OIDC Core §12.2)", async () => {
    const first = await app.tokens({ nonce: "n" });
    polymint.clock.advance(3600);
    const second = await refreshed(first.refresh_token);
    const [old, fresh] = [claimsOf(first.id_token), claimsOf(second.id_token ?? "")];
    expect(old.nonce).toBe("n");
    expect(fresh).not.toHaveProperty("nonce");
    expect(fresh).toMatchObject({ iss: old.iss, sub: old.sub, aud: old.aud, auth_time: old.auth_time, iat: (old.iat as number) + 3600 });
    expect(fresh.at_hash).toBe(createHash("sha256").update(second.access_token).digest().subarray(0, 16).toString("base64url"));
  });

  it("claims of the person as they are now", async () => {
    const person = await makeOwnPerson(polymint, { region: "SG" });
    const { refresh_token } = await app.tokens({ person });
    const change = { first_name: "Amazing", roles: ["admin"], region: null };
    await polymint.database.build((knex) => knex("people").where({ id: person.id }).update(change));
    const { access_token, id_token = "" } = await refreshed(refresh_token);
    expect(claimsOf(access_token)).toMatchObject({ sub: person.id, scopes: ["admin"] });
    expect(claimsOf(access_token)).not.toHaveProperty("userRegion");
    expect(claimsOf(id_token)).toMatchObject({ name: "Amazing Hopper" });
  });

  it("a narrower access token if that is asked for, while the refresh token keeps its scope", async () => {
    const { refresh_token } = await app.tokens();
    const narrow = await refreshed(refresh_token, { scope: "email inspect email" });
    expect(narrow.scope).toBe("email inspect");
    expect(claimsOf(narrow.access_token)).toMatchObject({ scp: "email inspect" });
    expect(narrow).not.toHaveProperty("id_token");
    expect((await refreshed(narrow.refresh_token, { scope: "" })).scope).toBe(allScopes);
  });
});

describe("a scope that was not consented to", () => {
  it.each(["openid profile", "other", "openid OFFLINE"])("such as %j is a 403 and costs nothing", async (scope) => {
    const { refresh_token } = await app.tokens({ scope: "openid offline" });
    expect(await expectRefusal(403, app.refresh(refresh_token, { scope }))).toBe("The client may not request this scope.");
    expect(await isActive(polymint, app, refresh_token)).toBe(true);
    await refreshed(refresh_token);
  });
});

describe("a refresh token that was used", () => {
  it("gives the same successor again for ten seconds, as long as that lies unused", async () => {
    const { refresh_token } = await app.tokens();
    const first = await refreshed(refresh_token);
    polymint.clock.advance(9);
    const second = await refreshed(refresh_token);
    expect(second.refresh_token).toBe(first.refresh_token);
    expect(second.access_token).not.toBe(first.access_token);
    for (const token of [first.access_token, second.access_token]) expect(await isActive(polymint, app, token)).toBe(true);
    await refreshed(second.refresh_token);
  });

  it("gives the same successor to eight requests at once", async () => {
    const { refresh_token } = await app.tokens();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refreshed(refresh_token)));
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.access_token)).size).toBe(8);
    await refreshed(answers[0]?.refresh_token ?? "");
  });

  it.each<[string, number, boolean]>([
    ["after ten seconds", 10, false],
    ["after six days", 6 * day, false],
    ["within them, once its successor was used", 5, true],
  ])("%s ends the whole family", async (_what, later, successorUsed) => {
    const first = await app.tokens();
    const second = await refreshed(first.refresh_token);
    const last = successorUsed ? await refreshed(second.refresh_token) : second;
    const other = await app.tokens();
    polymint.clock.advance(later);
    await badlyGranted(app.refresh(first.refresh_token));
    for (const dead of [first, second, last]) {
      expect(await isActive(polymint, app, dead.access_token)).toBe(false);
      await badlyGranted(app.refresh(dead.refresh_token));
    }
    expect(await isActive(polymint, app, other.access_token)).toBe(true);
  });

  it("keeps its grace where its own time ends in the middle of it", async () => {
    const { refresh_token } = await app.tokens();
    polymint.clock.advance(30 * day - 1);
    const { refresh_token: successor } = await refreshed(refresh_token);
    polymint.clock.advance(5);
    expect((await refreshed(refresh_token)).refresh_token).toBe(successor);
  });

  it("has no grace where there is none", async () => {
    const strict = await startPolymint({ refreshGraceSeconds: 0 });
    const own = await registerApp(strict);
    const { refresh_token } = await own.tokens();
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await own.refresh(refresh_token)).status));
    await strict.stop();
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 7 }, () => 400)]);
  });
});

describe("a refresh token ends", () => {
  it("when it lay unused for 30 days, and use renews that", async () => {
    const [used, unused] = [await app.tokens(), await app.tokens()];
    polymint.clock.advance(30 * day - 1);
    const { refresh_token } = await refreshed(used.refresh_token);
    polymint.clock.advance(1);
    await badlyGranted(app.refresh(unused.refresh_token));
    polymint.clock.advance(30 * day - 2);
    await refreshed(refresh_token);
  });

  it("180 days after the consent, however often it was used", async () => {
    let { refresh_token } = await app.tokens();
    for (let days = 0; days < 175; days += 25) {
      polymint.clock.advance(25 * day);
      refresh_token = (await refreshed(refresh_token)).refresh_token;
    }
    polymint.clock.advance(5 * day - 1);
    const last = await refreshed(refresh_token);
    polymint.clock.advance(1);
    await badlyGranted(app.refresh(last.refresh_token));
    await badlyGranted(app.refresh(refresh_token));
  });
});

describe("a refresh token is refused, with one answer for all,", () => {
  it.each<[string, (token: string) => string]>([
    ["with its end cut off", (token) => token.slice(0, -1)],
    ["with more at its end", (token) => `${token}A`],
    ["in other letters", (token) => token.toUpperCase()],
    ["that somebody made up", () => "pmr_tGzv3JOkF0XG5Qx2TlKWIA"],
    ["of 60,000 characters", () => "x".repeat(60_000)],
  ])("%s, and serves as it was", async (_what, changed) => {
    const { refresh_token } = await app.tokens();
    await badlyGranted(app.refresh(changed(refresh_token)));
    await refreshed(refresh_token);
  });

  it("that is another client's, used or not, which costs its owner nothing", async () => {
    const other = await registerApp(polymint);
    const { refresh_token } = await app.tokens();
    await badlyGranted(other.refresh(refresh_token));
    const { refresh_token: successor } = await refreshed(refresh_token);
    polymint.clock.advance(60);
    await badlyGranted(other.refresh(refresh_token));
    await refreshed(successor);
  });

  it("that is a code or an access token", async () => {
    const { access_token } = await app.tokens();
    const { code, codeVerifier } = await app.authorize();
    for (const token of [access_token, code]) await badlyGranted(app.refresh(token));
    await expectTokens(app.redeem({ code, codeVerifier }));
  });

  it("that is missing or empty, naming it", async () => {
    for (const token of [undefined, ""]) {
      expect(await expectRefusal(400, app.refresh(token))).toBe("refresh_token is required for refresh_token.");
    }
  });

  it("with a NUL, bytes that are no UTF-8, or twice", async () => {
    const { refresh_token: token } = await app.tokens();
    for (const bad of [`refresh_token=${token}%00`, `refresh_token=${token}%ff`, `refresh_token=${token}&refresh_token=${token}`]) {
      const sent = request(polymint.url)
        .post(tokenPath)
        .type("form")
        .set("Authorization", app.authorization)
        .send(`grant_type=refresh_token&${bad}`);
      await expectRefusal(400, sent);
    }
    await refreshed(token);
  });
});

describe("where the person or the client has changed", () => {
  it("a person who no longer exists is a 404", async () => {
    const person = await makeOwnPerson(polymint);
    const { refresh_token } = await app.tokens({ person });
    await makePeople(polymint.database).delete(person.id);
    expect(await expectRefusal(404, app.refresh(refresh_token))).toBe("The user no longer exists.");
  });

  it("a disabled person is a 403, and the token serves once that has changed", async () => {
    const person = await makeOwnPerson(polymint);
    const { refresh_token } = await app.tokens({ person });
    const people = makePeople(polymint.database);
    await people.setStatus(person.id, "disabled", polymint.clock());
    expect(await expectRefusal(403, app.refresh(refresh_token))).toBe("The user is disabled.");
    await people.setStatus(person.id, "active", polymint.clock());
    await refreshed(refresh_token);
  });

  it("a client that may not refresh any more is told so with 403", async () => {
    const plain = await registerApp(polymint, { grants: ["authorization_code"] });
    expect(await expectRefusal(403, plain.refresh("pmr_x"))).toBe("The client may not use this grant type.");
  });
});

it("stores and logs no refresh token", async () => {
  const { refresh_token } = await app.tokens();
  const { refresh_token: successor } = await refreshed(refresh_token);
  polymint.clock.advance(60);
  await badlyGranted(app.refresh(refresh_token));
  const rows = await polymint.database.build((knex) => knex("refresh_tokens"));
  const kept = JSON.stringify([rows, polymint.logs]);
  for (const secret of [refresh_token, successor]) expect(kept).not.toContain(secret);
  expect(polymint.logs.at(-1)).toMatchObject({ outcome: "invalid_grant", client: app.id, grant: "refresh_token" });
});
