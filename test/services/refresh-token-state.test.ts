import { decode } from "jsonwebtoken";
import request, { type Response } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import {
  type ScreeningEagleApp,
  badGrant,
  allScopes,
  expectTokens,
  isActive,
  expectRefusal,
  registerApp,
} from "../harness/screening-eagle-app";
import { makePeople } from "../../src/store/people/people";
import { mustConform } from "../harness/conformance";
import { makeOwnPerson } from "../harness/own-person";
import { basic } from "../harness/bearer-tokens";

let polymint: TestPolymint;
let app: ScreeningEagleApp;
beforeAll(async () => {
  polymint = await startPolymint();
  app = await registerApp(polymint);
});
afterAll(() => polymint.stop());

async function postForm(
  status: number,
  path: string,
  form: Record<string, string>,
  authorization: string,
): Promise<Omit<Response, "body"> & { body: unknown }> {
  const response = await request(polymint.url).post(path).type("form").set("Authorization", authorization).send(form);
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "oauth2", path);
  return response;
}
const introspect = async (token: string, authorization = app.authorization, more = {}) =>
  (await postForm(200, "/oauth2/introspect", { token, ...more }, authorization)).body;
const revoke = (token: string, { authorization }: ScreeningEagleApp = app, status = 200, more = {}) =>
  postForm(status, "/oauth2/revoke", { token, ...more }, authorization);
const inactive = { active: false };

describe("introspection of a refresh token (RFC 7662)", () => {
  it("tells what the token stands for, to any client that may introspect, whatever the hint", async () => {
    const { refresh_token } = await app.tokens();
    const iat = Math.floor(polymint.clock() / 1000);
    const expected = {
      active: true,
      client_id: app.id,
      token_type: "refresh_token",
      sub: polymint.person.id,
      scope: allScopes,
      iat,
      exp: iat + 30 * 86_400,
    };
    const { client, secret } = await polymint.register({ contracts: [], services: ["introspection"] });
    for (const hint of ["refresh_token", "access_token", "nonsense", ""]) {
      const authorization = basic(client.id, secret?.value ?? "");
      expect(await introspect(refresh_token, authorization, { token_type_hint: hint })).toEqual(expected);
    }
  });

  it("is exactly inactive once the token is rotated, expired, revoked, cut short or made up", async () => {
    const [rotated, expired, revoked] = [await app.tokens(), await app.tokens(), await app.tokens()];
    const { refresh_token: successor = "" } = await expectTokens(app.refresh(rotated.refresh_token));
    expect(await introspect(rotated.refresh_token)).toEqual(inactive);
    expect(await introspect(successor)).toMatchObject({ active: true });
    await revoke(revoked.refresh_token);
    for (const token of [revoked.refresh_token, successor.slice(0, -1), `${successor}A`, "pmr_", "pmr_\u00e9"]) {
      expect(await introspect(token)).toEqual(inactive);
    }
    polymint.clock.advance(30 * 86_400 - 1);
    expect(await introspect(expired.refresh_token)).toMatchObject({ active: true });
    polymint.clock.advance(1);
    expect(await introspect(expired.refresh_token)).toEqual(inactive);
  });

  it("does not use the token up", async () => {
    const { refresh_token } = await app.tokens();
    for (let times = 0; times < 3; times += 1) expect(await introspect(refresh_token)).toMatchObject({ active: true });
    await expectTokens(app.refresh(refresh_token));
  });
});

describe("introspection of a person's access token", () => {
  it("tells the person and the token's own scope", async () => {
    const { refresh_token } = await app.tokens();
    const { access_token } = await expectTokens(app.refresh(refresh_token, { scope: "inspect" }));
    expect(await introspect(access_token)).toEqual({
      ...(decode(access_token) as object),
      active: true,
      client_id: app.id,
      token_type: "Bearer",
      sub: polymint.person.id,
      scope: "inspect",
    });
  });
});

describe("revocation (RFC 7009)", () => {
  it.each(["refresh_token", "access_token", "nonsense", ""])("of a refresh token ends its family, with the hint %j", async (hint) => {
    const first = await app.tokens();
    const second = await expectTokens(app.refresh(first.refresh_token));
    const other = await app.tokens();
    const { text } = await revoke(second.refresh_token ?? "", app, 200, { token_type_hint: hint });
    expect(text).toBe("");
    for (const token of [first.access_token, second.access_token, second.refresh_token ?? ""])
      expect(await introspect(token)).toEqual(inactive);
    for (const token of [first.refresh_token, second.refresh_token]) expect(await expectRefusal(400, app.refresh(token))).toBe(badGrant);
    for (const token of [other.access_token, other.refresh_token]) expect(await isActive(polymint, app, token)).toBe(true);
  });

  it("of a refresh token that was rotated ends its family too", async () => {
    const first = await app.tokens();
    const second = await expectTokens(app.refresh(first.refresh_token));
    await revoke(first.refresh_token);
    expect(await introspect(second.access_token)).toEqual(inactive);
  });

  it("of an access token ends only that token", async () => {
    const first = await app.tokens();
    const second = await expectTokens(app.refresh(first.refresh_token));
    await revoke(first.access_token);
    expect(await introspect(first.access_token)).toEqual(inactive);
    for (const token of [second.access_token, second.refresh_token ?? ""]) expect(await isActive(polymint, app, token)).toBe(true);
    await expectTokens(app.refresh(second.refresh_token));
  });

  it("may be repeated, and accepts unknown tokens", async () => {
    const { refresh_token } = await app.tokens();
    for (const token of [refresh_token, refresh_token, `${refresh_token}A`, refresh_token.slice(0, -1), "pmr_"]) await revoke(token);
  });

  it("of another client's refresh token is refused, and ends nothing", async () => {
    const other = await registerApp(polymint);
    const { refresh_token } = await app.tokens();
    const { body } = await revoke(refresh_token, other, 403);
    expect(body).toMatchObject({ error: "unauthorized_client" });
    expect(await introspect(refresh_token)).toMatchObject({ active: true });
  });

  it("during a refresh leaves no token active", async () => {
    for (let times = 0; times < 10; times += 1) {
      const { refresh_token } = await app.tokens();
      const [answer] = await Promise.all([app.refresh(refresh_token), revoke(refresh_token)]);
      const { access_token = "", refresh_token: successor = "" } = answer.body as { access_token?: string; refresh_token?: string };
      for (const token of [refresh_token, access_token, successor].filter((each) => each !== "")) {
        expect(await introspect(token)).toEqual(inactive);
      }
    }
  });
});

describe("introspection of a person's tokens", () => {
  it("is inactive while the person is disabled, and for good once the person is deleted", async () => {
    const people = makePeople(polymint.database);
    const person = await makeOwnPerson(polymint);
    const { access_token, refresh_token } = await app.tokens({ person });
    const introspectBoth = async () => [await introspect(access_token), await introspect(refresh_token)];
    expect(await introspectBoth()).toMatchObject([{ active: true }, { active: true }]);
    await people.setStatus(person.id, "disabled", polymint.clock());
    expect(await introspectBoth()).toEqual([inactive, inactive]);
    await people.setStatus(person.id, "active", polymint.clock());
    expect(await introspectBoth()).toMatchObject([{ active: true }, { active: true }]);
    await people.delete(person.id, polymint.clock());
    expect(await introspectBoth()).toEqual([inactive, inactive]);
  });
});
