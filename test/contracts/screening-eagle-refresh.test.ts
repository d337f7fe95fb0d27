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
import { countIssuedTokens } from "../../src/contract-suite/tables";

const day = 86_400;

let polymint: TestPolymint;
let app: ScreeningEagleApp;
beforeAll(async () => {
  polymint = await startPolymint();
  app = await registerApp(polymint);
});
afterAll(() => polymint.stop());

const claimsOf = (token: string) => decode(token) as Record<string, unknown>;
const refresh = async (token: string, changes: Record<string, string> = {}) => {
  const tokens = await expectTokens(app.refresh(token, changes));
  return { ...tokens, refresh_token: tokens.refresh_token ?? "" };
};

/** Expects the one refusal of a bad grant, and that nothing was issued. */
async function expectBadGrant(test: Parameters<typeof expectRefusal>[1]): Promise<void> {
  const before = await countIssuedTokens(polymint);
  expect(await expectRefusal(400, test)).toBe(badGrant);
  expect(await countIssuedTokens(polymint)).toBe(before);
}

describe("a refresh token", () => {
  it("gives the tokens that the code gave, and a successor", async () => {
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

  it("gives an id token of the same login, without the nonce (OIDC Core §12.2)", async () => {
    const first = await app.tokens({ nonce: "n" });
    polymint.clock.advance(3600);
    const second = await refresh(first.refresh_token);
    const [old, fresh] = [claimsOf(first.id_token), claimsOf(second.id_token ?? "")];
    expect(old.nonce).toBe("n");
    expect(fresh).not.toHaveProperty("nonce");
    expect(fresh).toMatchObject({ iss: old.iss, sub: old.sub, aud: old.aud, auth_time: old.auth_time, iat: (old.iat as number) + 3600 });
    expect(fresh.at_hash).toBe(createHash("sha256").update(second.access_token).digest().subarray(0, 16).toString("base64url"));
  });

  it("gives the person's current claims", async () => {
    const person = await makeOwnPerson(polymint, { region: "SG" });
    const { refresh_token } = await app.tokens({ person });
    const change = { first_name: "Amazing", roles: ["admin"], region: null };
    await polymint.database.build((knex) => knex("people").where({ id: person.id }).update(change));
    const { access_token, id_token = "" } = await refresh(refresh_token);
    expect(claimsOf(access_token)).toMatchObject({ sub: person.id, scopes: ["admin"] });
    expect(claimsOf(access_token)).not.toHaveProperty("userRegion");
    expect(claimsOf(id_token)).toMatchObject({ name: "Amazing Hopper" });
  });

  it("gives a narrower access token on request and keeps its own scope", async () => {
    const { refresh_token } = await app.tokens();
    const narrow = await refresh(refresh_token, { scope: "email inspect email" });
    expect(narrow.scope).toBe("email inspect");
    expect(claimsOf(narrow.access_token)).toMatchObject({ scp: "email inspect" });
    expect(narrow).not.toHaveProperty("id_token");
    expect((await refresh(narrow.refresh_token, { scope: "" })).scope).toBe(allScopes);
  });
});

describe("scopes that were taken from the client after the consent", () => {
  it("come neither with a refresh token nor with a code, and are back when the client has them again", async () => {
    const own = await registerApp(polymint);
    const { refresh_token } = await own.tokens();
    const granted = await own.authorize();
    const setScopes = async (scopes: string) => {
      await polymint.database.build((knex) =>
        knex("clients")
          .where({ id: own.id })
          .update({ scopes: scopes.split(" ") }),
      );
      await new Promise((resolve) => setTimeout(resolve, 1_100));
    };
    await setScopes("openid email offline other");
    const refreshed = await expectTokens(own.refresh(refresh_token));
    expect(refreshed.scope).toBe("openid email offline");
    expect((await expectTokens(own.redeem(granted))).scope).toBe("openid email offline");
    expect(await expectRefusal(403, own.refresh(refreshed.refresh_token, { scope: "inspect" }))).toMatch("may not request this scope");
    await setScopes(allScopes);
    expect((await expectTokens(own.refresh(refreshed.refresh_token))).scope).toBe(allScopes);
  });
});

describe("a scope without consent", () => {
  it.each(["openid profile", "other", "openid OFFLINE"])(
    "such as %j is refused with 403 and does not spend the refresh token",
    async (scope) => {
      const { refresh_token } = await app.tokens({ scope: "openid offline" });
      expect(await expectRefusal(403, app.refresh(refresh_token, { scope }))).toBe("The client may not request this scope.");
      expect(await isActive(polymint, app, refresh_token)).toBe(true);
      await refresh(refresh_token);
    },
  );
});

describe("a refresh token that was used", () => {
  it("gives the same successor again for ten seconds, as long as the successor is unused", async () => {
    const { refresh_token } = await app.tokens();
    const first = await refresh(refresh_token);
    polymint.clock.advance(9);
    const second = await refresh(refresh_token);
    expect(second.refresh_token).toBe(first.refresh_token);
    expect(second.access_token).not.toBe(first.access_token);
    for (const token of [first.access_token, second.access_token]) expect(await isActive(polymint, app, token)).toBe(true);
    await refresh(second.refresh_token);
  });

  it("gives the same successor to eight requests at once", async () => {
    const { refresh_token } = await app.tokens();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(refresh_token)));
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.access_token)).size).toBe(8);
    await refresh(answers[0]?.refresh_token ?? "");
  });

  it.each<[string, number, boolean]>([
    ["after ten seconds", 10, false],
    ["after six days", 6 * day, false],
    ["within ten seconds, once its successor was used", 5, true],
  ])("%s revokes the whole family", async (_what, later, successorUsed) => {
    const first = await app.tokens();
    const second = await refresh(first.refresh_token);
    const last = successorUsed ? await refresh(second.refresh_token) : second;
    const other = await app.tokens();
    polymint.clock.advance(later);
    await expectBadGrant(app.refresh(first.refresh_token));
    for (const dead of [first, second, last]) {
      expect(await isActive(polymint, app, dead.access_token)).toBe(false);
      await expectBadGrant(app.refresh(dead.refresh_token));
    }
    expect(await isActive(polymint, app, other.access_token)).toBe(true);
  });

  it("keeps its ten seconds even if its own lifetime ends within them", async () => {
    const { refresh_token } = await app.tokens();
    polymint.clock.advance(30 * day - 1);
    const { refresh_token: successor } = await refresh(refresh_token);
    polymint.clock.advance(5);
    expect((await refresh(refresh_token)).refresh_token).toBe(successor);
  });

  it("gives a successor to one of eight requests at once if the grace is 0 seconds", async () => {
    const strict = await startPolymint({ refreshGraceSeconds: 0 });
    const own = await registerApp(strict);
    const { refresh_token } = await own.tokens();
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await own.refresh(refresh_token)).status));
    await strict.stop();
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 7 }, () => 400)]);
  });
});

describe("the lifetime of a refresh token", () => {
  it("ends after 30 days without use, and use renews it", async () => {
    const [used, unused] = [await app.tokens(), await app.tokens()];
    polymint.clock.advance(30 * day - 1);
    const { refresh_token } = await refresh(used.refresh_token);
    polymint.clock.advance(1);
    await expectBadGrant(app.refresh(unused.refresh_token));
    polymint.clock.advance(30 * day - 2);
    await refresh(refresh_token);
  });

  it("ends 180 days after the consent, however often the token is used", async () => {
    let { refresh_token } = await app.tokens();
    for (let days = 0; days < 175; days += 25) {
      polymint.clock.advance(25 * day);
      refresh_token = (await refresh(refresh_token)).refresh_token;
    }
    polymint.clock.advance(5 * day - 1);
    const last = await refresh(refresh_token);
    polymint.clock.advance(1);
    await expectBadGrant(app.refresh(last.refresh_token));
    await expectBadGrant(app.refresh(refresh_token));
  });
});

describe("the refusal of a refresh token", () => {
  it.each<[string, (token: string) => string]>([
    ["that is cut short", (token) => token.slice(0, -1)],
    ["with one more character", (token) => `${token}A`],
    ["in other letters", (token) => token.toUpperCase()],
    ["that is made up", () => "pmr_tGzv3JOkF0XG5Qx2TlKWIA"],
    ["of 60,000 characters", () => "x".repeat(60_000)],
  ])("answers a token %s, and the right token still works", async (_what, changed) => {
    const { refresh_token } = await app.tokens();
    await expectBadGrant(app.refresh(changed(refresh_token)));
    await refresh(refresh_token);
  });

  it("answers another client, before and after the token is used, and does not affect the owner", async () => {
    const other = await registerApp(polymint);
    const { refresh_token } = await app.tokens();
    await expectBadGrant(other.refresh(refresh_token));
    const { refresh_token: successor } = await refresh(refresh_token);
    polymint.clock.advance(60);
    await expectBadGrant(other.refresh(refresh_token));
    await refresh(successor);
  });

  it("answers a code or an access token in its place", async () => {
    const { access_token } = await app.tokens();
    const { code, codeVerifier } = await app.authorize();
    for (const token of [access_token, code]) await expectBadGrant(app.refresh(token));
    await expectTokens(app.redeem({ code, codeVerifier }));
  });

  it("names a missing or empty refresh token", async () => {
    for (const token of [undefined, ""]) {
      expect(await expectRefusal(400, app.refresh(token))).toBe("refresh_token is required for refresh_token.");
    }
  });

  it("answers a NUL, bytes that are not UTF-8 and a repeated token, and the corrected request works", async () => {
    const { refresh_token: token } = await app.tokens();
    for (const bad of [`refresh_token=${token}%00`, `refresh_token=${token}%ff`, `refresh_token=${token}&refresh_token=${token}`]) {
      const sent = request(polymint.url)
        .post(tokenPath)
        .type("form")
        .set("Authorization", app.authorization)
        .send(`grant_type=refresh_token&${bad}`);
      await expectRefusal(400, sent);
    }
    await refresh(token);
  });
});

describe("a refresh token whose person or client has changed", () => {
  it("is answered with 404 once the person is deleted", async () => {
    const person = await makeOwnPerson(polymint);
    const { refresh_token } = await app.tokens({ person });
    await makePeople(polymint.database).delete(person.id, polymint.clock());
    expect(await expectRefusal(404, app.refresh(refresh_token))).toBe("The user no longer exists.");
  });

  it("is answered with 403 while the person is disabled, and works afterwards", async () => {
    const person = await makeOwnPerson(polymint);
    const { refresh_token } = await app.tokens({ person });
    const people = makePeople(polymint.database);
    await people.setStatus(person.id, "disabled", polymint.clock());
    expect(await expectRefusal(403, app.refresh(refresh_token))).toBe("The user is disabled.");
    await people.setStatus(person.id, "active", polymint.clock());
    await refresh(refresh_token);
  });

  it("is answered with 403 if the client may not refresh", async () => {
    const plain = await registerApp(polymint, { grants: ["authorization_code"] });
    expect(await expectRefusal(403, plain.refresh("pmr_x"))).toBe("The client may not use this grant type.");
  });
});

it("screening-eagle neither stores nor logs refresh tokens", async () => {
  const { refresh_token } = await app.tokens();
  const { refresh_token: successor } = await refresh(refresh_token);
  polymint.clock.advance(60);
  await expectBadGrant(app.refresh(refresh_token));
  const rows = await polymint.database.build((knex) => knex("refresh_tokens"));
  const kept = JSON.stringify([rows, polymint.logs]);
  for (const secret of [refresh_token, successor]) expect(kept).not.toContain(secret);
  expect(polymint.logs.at(-1)).toMatchObject({ outcome: "invalid_grant", client: app.id, grant: "refresh_token" });
});
