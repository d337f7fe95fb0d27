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
  type GrantedCode,
  isActive,
  expectRefusal,
  registerApp,
  tokenPath,
} from "../harness/screening-eagle-app";
import { countIssuedTokens } from "../../src/contract-suite/tables";

let polymint: TestPolymint;
let app: ScreeningEagleApp;
beforeAll(async () => {
  polymint = await startPolymint();
  app = await registerApp(polymint);
});
afterAll(() => polymint.stop());

const seconds = () => Math.floor(polymint.clock() / 1000);
const claimsOf = (token: string) => decode(token) as Record<string, unknown>;

/** Expects the one refusal of a bad grant, and that nothing was issued. */
async function expectBadGrant(test: Parameters<typeof expectRefusal>[1]): Promise<void> {
  const before = await countIssuedTokens(polymint);
  expect(await expectRefusal(400, test)).toBe(badGrant);
  expect(await countIssuedTokens(polymint)).toBe(before);
}

describe("an authorization code", () => {
  it("gives an access token for a week, an id token and a refresh token", async () => {
    const tokens = await expectTokens(app.redeem(await app.authorize()));
    expect(tokens).toEqual({
      scope: allScopes,
      token_type: "Bearer",
      access_token: expect.any(String) as string,
      expires_in: 604_800,
      id_token: expect.any(String) as string,
      refresh_token: expect.stringMatching(/^pmr_[A-Za-z0-9_-]{51}$/) as string,
    });
  });

  it("gives an access token about the person, with these claims and no others", async () => {
    const { access_token: token } = await app.tokens();
    expect(claimsOf(token)).toEqual({
      iss: polymint.issuer,
      aud: app.id,
      sub: polymint.person.id,
      scp: allScopes,
      scopes: polymint.person.roles,
      userID: Number(polymint.person.id),
      userRegion: polymint.person.region,
      iat: seconds(),
      exp: seconds() + 604_800,
      jti: expect.any(String) as string,
    });
  });

  it("gives an id token with these claims and no others", async () => {
    const nonce = "n-0S6_WzA2Mj";
    const { access_token, id_token } = await app.tokens({ nonce });
    expect(decode(id_token, { complete: true })?.header).toMatchObject({ alg: "RS256", typ: "JWT" });
    const { id, email, firstName, lastName, countryCode, picture } = polymint.person;
    expect(claimsOf(id_token)).toEqual({
      iss: polymint.issuer,
      sub: id,
      aud: app.id,
      iat: seconds(),
      exp: seconds() + 604_800,
      auth_time: expect.any(Number) as number,
      nonce,
      at_hash: createHash("sha256").update(access_token).digest().subarray(0, 16).toString("base64url"),
      email,
      email_verified: true,
      name: `${firstName} ${lastName}`,
      first_name: firstName,
      last_name: lastName,
      country_code: countryCode,
      picture,
      updated_at: expect.any(Number) as number,
    });
  });

  it.each([
    ["openid", []],
    ["openid email", ["email", "email_verified"]],
    ["openid profile", ["country_code", "first_name", "last_name", "name", "picture", "updated_at"]],
  ])("gives for %s an id token with no more than its claims", async (scope, expected) => {
    const { id_token, ...rest } = await app.tokens({ scope });
    const usual = ["at_hash", "aud", "auth_time", "exp", "iat", "iss", "sub"];
    expect(Object.keys(claimsOf(id_token)).sort()).toEqual([...usual, ...expected].sort());
    expect(rest).toMatchObject({ scope });
    expect(rest).not.toHaveProperty("refresh_token");
  });

  it("gives no id token without openid, and no refresh token without offline or the grant", async () => {
    expect(Object.keys(await app.tokens({ scope: "email" })).sort()).toEqual(["access_token", "expires_in", "scope", "token_type"]);
    const short = await registerApp(polymint, { grants: ["authorization_code"] });
    expect(await short.tokens()).not.toHaveProperty("refresh_token");
  });

  it("gives only what is known of the person, and nothing from the client's own claims", async () => {
    const other = await registerApp(polymint);
    // A client from before claims of persons were refused.
    const claims = { userID: 1302, userRegion: "SG", scopes: ["admin"], country_code: "SG" };
    await polymint.database.build((knex) => knex("clients").where("id", other.id).update({ claims }));
    const person = await makeOwnPerson(polymint, { roles: [] });
    const { access_token, id_token } = await other.tokens({ person });
    expect(claimsOf(access_token)).toMatchObject({ sub: person.id, userID: Number(person.id), scopes: [] });
    expect(claimsOf(access_token)).not.toHaveProperty("userRegion");
    for (const absent of ["country_code", "picture", "userRegion", "scopes"]) expect(claimsOf(id_token)).not.toHaveProperty(absent);
  });

  it("gives the scope that the person consented to, whatever scope the token request names", async () => {
    const tokens = await expectTokens(app.redeem(await app.authorize({ scope: "openid" }), { scope: "inspect" }));
    expect(tokens.scope).toBe("openid");
  });

  it("works until it is 60 seconds old", async () => {
    const [early, late] = [await app.authorize(), await app.authorize()];
    polymint.clock.advance(59);
    await expectTokens(app.redeem(early));
    polymint.clock.advance(1);
    await expectBadGrant(app.redeem(late));
  });
});

describe("the refusal of an authorization code", () => {
  const wrong: [string, (granted: GrantedCode) => Record<string, string>][] = [
    ["another redirect URI", () => ({ redirect_uri: "https://app.example.net/other" })],
    ["a redirect URI that is only equivalent", () => ({ redirect_uri: "https://APP.example.net/callback?from=polymint" })],
    [
      "a wrong verifier",
      ({ codeVerifier }) => ({ code_verifier: `${codeVerifier.slice(0, -1)}${codeVerifier.endsWith("A") ? "B" : "A"}` }),
    ],
    ["a verifier that is the challenge", ({ codeVerifier }) => ({ code_verifier: challenge(codeVerifier) })],
    ["a code cut short", ({ code }) => ({ code: code.slice(0, -1) })],
    ["a code with one more character", ({ code }) => ({ code: `${code}A` })],
    ["a made-up code", () => ({ code: "pmc_SplxlOBeZQQYbYS6WxSbIA" })],
    ["a code of 60,000 characters", () => ({ code: "x".repeat(60_000) })],
  ];
  const challenge = (verifier: string) => createHash("sha256").update(verifier).digest("base64url");

  it.each(wrong)("answers %s, and the corrected request works", async (_what, changes) => {
    const granted = await app.authorize();
    await expectBadGrant(app.redeem(granted, changes(granted)));
    await expectTokens(app.redeem(granted));
  });

  it("answers another client, and the owner can still use the code", async () => {
    const other = await registerApp(polymint);
    const granted = await app.authorize();
    await expectBadGrant(other.redeem(granted));
    const { access_token } = await expectTokens(app.redeem(granted));
    await expectBadGrant(other.redeem(granted));
    expect(await isActive(polymint, app, access_token)).toBe(true);
  });

  it("answers a refresh token or an access token in its place", async () => {
    const { access_token, refresh_token } = await app.tokens();
    const { codeVerifier } = await app.authorize();
    for (const code of [access_token, refresh_token]) await expectBadGrant(app.redeem({ code, codeVerifier }));
    expect(await isActive(polymint, app, refresh_token)).toBe(true);
  });

  it.each(["code", "redirect_uri", "code_verifier"])("names a missing %s, and the corrected request works", async (name) => {
    const granted = await app.authorize();
    for (const value of [undefined, ""]) {
      expect(await expectRefusal(400, app.redeem(granted, { [name]: value }))).toBe(`${name} is required for authorization_code.`);
    }
    await expectTokens(app.redeem(granted));
  });

  it("answers a NUL, bytes that are not UTF-8 and a repeated code, and the corrected request works", async () => {
    const { code, codeVerifier } = await app.authorize();
    const form = new URLSearchParams({ grant_type: "authorization_code", redirect_uri: "x", code_verifier: codeVerifier }).toString();
    for (const bad of [`code=${code}%00`, `code=${code}%ff`, `code=${code}&code=${code}`]) {
      const sent = request(polymint.url).post(tokenPath).type("form").set("Authorization", app.authorization).send(`${form}&${bad}`);
      await expectRefusal(400, sent);
    }
    await expectTokens(app.redeem({ code, codeVerifier }));
  });
});

describe("an authorization code that is used a second time", () => {
  it("is refused and revokes everything that the first use gave", async () => {
    const granted = await app.authorize();
    const { access_token, refresh_token = "" } = await expectTokens(app.redeem(granted));
    const refreshed = await expectTokens(app.refresh(refresh_token));
    const other = await app.tokens();
    await expectBadGrant(app.redeem(granted));
    for (const dead of [access_token, refresh_token, refreshed.access_token, refreshed.refresh_token ?? ""]) {
      expect(await isActive(polymint, app, dead)).toBe(false);
    }
    await expectBadGrant(app.refresh(refreshed.refresh_token));
    expect(await isActive(polymint, app, other.access_token)).toBe(true);
  });

  it.each<[string, Record<string, string>, number]>([
    ["with another redirect URI", { redirect_uri: "https://evil.example" }, 0],
    ["with a wrong verifier", { code_verifier: "x".repeat(43) }, 0],
    ["after it has expired", {}, 61],
  ])("%s revokes it too", async (_what, changes, later) => {
    const granted = await app.authorize();
    const { access_token } = await expectTokens(app.redeem(granted));
    polymint.clock.advance(later);
    await expectBadGrant(app.redeem(granted, changes));
    expect(await isActive(polymint, app, access_token)).toBe(false);
  });

  it("gives tokens to one of eight requests at once", async () => {
    const granted = await app.authorize();
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await app.redeem(granted)).status));
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 7 }, () => 400)]);
  });
});

describe("the person behind a code", () => {
  it("is answered with 404 once deleted", async () => {
    const person = await makeOwnPerson(polymint);
    const granted = await app.authorize({ person });
    await makePeople(polymint.database).delete(person.id, polymint.clock());
    expect(await expectRefusal(404, app.redeem(granted))).toBe("The user no longer exists.");
  });

  it("is answered with 403 while disabled, and the code works afterwards", async () => {
    const person = await makeOwnPerson(polymint);
    const granted = await app.authorize({ person });
    const people = makePeople(polymint.database);
    await people.setStatus(person.id, "disabled", polymint.clock());
    expect(await expectRefusal(403, app.redeem(granted))).toBe("The user is disabled.");
    await people.setStatus(person.id, "active", polymint.clock());
    await expectTokens(app.redeem(granted));
  });
});

it("screening-eagle answers 403 to a client that may not use codes, and to a disabled one", async () => {
  const plain = await polymint.register({ contracts: ["screening-eagle"], scopes: ["inspect"] });
  const form = { grant_type: "authorization_code", code: "x", redirect_uri: "y", code_verifier: "z".repeat(43) };
  const sent = request(polymint.url)
    .post(tokenPath)
    .type("form")
    .auth(plain.client.id, plain.secret?.value ?? "")
    .send(form);
  expect(await expectRefusal(403, sent)).toBe("The client may not use this grant type.");
  const other = await registerApp(polymint);
  await polymint.database.build((knex) => knex("clients").where({ id: other.id }).update({ status: "disabled" }));
  expect(await expectRefusal(403, other.redeem({ code: "x", codeVerifier: "y".repeat(43) }))).toBe("The client is disabled.");
});

it("screening-eagle neither stores nor logs codes, verifiers and tokens", async () => {
  const granted = await app.authorize();
  const { access_token, id_token = "", refresh_token = "" } = await expectTokens(app.redeem(granted));
  await expectBadGrant(app.redeem(granted));
  const tables = ["authorization_codes", "token_families", "refresh_tokens", "issued_tokens"];
  const rows = await Promise.all(tables.map((table) => polymint.database.build((knex) => knex(table))));
  const kept = JSON.stringify([rows, polymint.logs]);
  for (const secret of [granted.code, granted.codeVerifier, access_token, id_token, refresh_token]) expect(kept).not.toContain(secret);
  expect(polymint.logs.at(-1)).toMatchObject({ outcome: "invalid_grant", client: app.id, grant: "authorization_code" });
});
