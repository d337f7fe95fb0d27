import { randomUUID } from "node:crypto";
import { decode } from "jsonwebtoken";
import request, { type Response, type Test } from "supertest";
import { longestTokenSeconds } from "../../src/engine/client";
import { makeKeyRing } from "../../src/keys/key-ring";
import { makeSigner } from "../../src/keys/signer";
import { makePeople } from "../../src/store/people/people";
import { makeSigningKeys } from "../../src/store/signing-keys";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { type ScreeningEagleApp, expectTokens, registerApp } from "../harness/screening-eagle-app";
import { makeSelfSigned } from "../harness/certificates";
import { mustConform } from "../harness/conformance";
import type { FaultyWire } from "../../src/contract-suite/faulty-wire";
import { makeOwnPerson } from "../harness/own-person";
import { tokenOf } from "../harness/bearer-tokens";
import { contractNames } from "../harness/token-requests";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";
import { decideDeviceRequest, pollForToken, registerDevice, requestDeviceCodes } from "../harness/device-client";
import { withoutTable } from "../../src/contract-suite/tables";

/** A response whose body has no assumed type. */
type UntypedResponse = Omit<Response, "body"> & { body: unknown };

const path = "/userinfo";

function getUserinfo(polymint: TestPolymint, authorization?: string): Test {
  const test = request(polymint.url).get(path);
  return authorization === undefined ? test : test.set("Authorization", authorization);
}
function postUserinfo(polymint: TestPolymint, form: Record<string, string> | string, authorization?: string): Test {
  const test = request(polymint.url).post(path).type("form");
  return (authorization === undefined ? test : test.set("Authorization", authorization)).send(form);
}
async function expectResponse(status: number, test: Test): Promise<UntypedResponse> {
  const response = await test;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "userinfo", path, test.method.toLowerCase() === "post" ? "post" : "get");
  expect(response.headers["cache-control"]).toBe("no-store");
  return response;
}
async function expectInvalidToken(test: Test): Promise<void> {
  const { body, headers } = await expectResponse(401, test);
  expect(body).toEqual({ error: "invalid_token", error_description: "The access token is not valid." });
  const challenge = 'Bearer realm="polymint", error="invalid_token", error_description="The access token is not valid."';
  expect(headers["www-authenticate"]).toBe(challenge);
}

describe("/userinfo", () => {
  let polymint: TestPolymint;
  let app: ScreeningEagleApp;
  beforeAll(async () => {
    polymint = await startPolymint({ trustedProxies: ["127.0.0.1"], clientCertHeader: "client-cert" });
    app = await registerApp(polymint);
  });
  afterAll(() => polymint.stop());

  const signClaims = (claims: Record<string, unknown>, typ = "at+jwt") => {
    const { masterKey, clock, database } = polymint;
    const keys = makeKeyRing({ store: makeSigningKeys(database), masterKey, clock, longestTokenSeconds });
    return makeSigner(keys).sign("ES256", typ, claims);
  };
  const claimsOf = (token: string) => decode(token) as Record<string, unknown> & { jti: string; exp: number };

  describe("the claims of the person", () => {
    it("are those of the scope, as in the id token", async () => {
      const { access_token, id_token } = await app.tokens();
      const { id, email, firstName, lastName, countryCode, picture } = polymint.person;
      const { body } = await expectResponse(200, getUserinfo(polymint, `Bearer ${access_token}`));
      expect(body).toEqual({
        sub: id,
        email,
        email_verified: true,
        name: `${firstName} ${lastName}`,
        first_name: firstName,
        last_name: lastName,
        country_code: countryCode,
        picture,
        updated_at: expect.any(Number) as number,
      });
      expect(decode(id_token)).toMatchObject(body as object);
    });

    it.each([
      ["openid", ["sub"]],
      ["openid email", ["email", "email_verified", "sub"]],
      ["openid inspect profile", ["country_code", "first_name", "last_name", "name", "picture", "sub", "updated_at"]],
    ])("for %s are no more than that", async (scope, expected) => {
      const { access_token } = await app.tokens({ scope });
      expect(Object.keys((await expectResponse(200, getUserinfo(polymint, `Bearer ${access_token}`))).body as object).sort()).toEqual(
        expected,
      );
    });

    it("are the current ones, without unknown values", async () => {
      const person = await makeOwnPerson(polymint, { countryCode: "SG" });
      const { access_token } = await app.tokens({ scope: "openid profile", person });
      await polymint.database.build((knex) =>
        knex("people").where({ id: person.id }).update({ first_name: "Amazing", country_code: null }),
      );
      const { body } = await expectResponse(200, getUserinfo(polymint, `Bearer ${access_token}`));
      expect(body).toEqual({
        sub: person.id,
        name: "Amazing Hopper",
        first_name: "Amazing",
        last_name: "Hopper",
        updated_at: Math.floor(polymint.clock() / 1000),
      });
    });

    it("follow the own scope of a refreshed token", async () => {
      const { refresh_token } = await app.tokens();
      const { access_token } = await expectTokens(app.refresh(refresh_token, { scope: "openid" }));
      expect((await expectResponse(200, getUserinfo(polymint, `Bearer ${access_token}`))).body).toEqual({ sub: polymint.person.id });
    });

    it("are given for a scheme in any case, several spaces, HEAD and an unknown query", async () => {
      const { access_token } = await app.tokens({ scope: "openid" });
      await expectResponse(200, getUserinfo(polymint, `bearer   ${access_token}`));
      await request(polymint.url).head(path).set("Authorization", `Bearer ${access_token}`).expect(200);
      await expectResponse(200, request(polymint.url).get(`${path}?schema=openid`).set("Authorization", `Bearer ${access_token}`));
    });
  });

  it("answers an access token of an earlier release, whose typ is that of id tokens", async () => {
    const claims = claimsOf((await app.tokens({ scope: "openid" })).access_token);
    await expectResponse(200, getUserinfo(polymint, `Bearer ${await signClaims(claims, "JWT")}`));
  });

  describe("a request without an access token", () => {
    it.each([
      ["no header", undefined],
      ["another scheme", "Basic eDp5"],
      ["DPoP", "DPoP eyJhbGciOiJFUzI1NiJ9.e30.x"],
      ["the scheme alone", "Bearer"],
      ["the scheme and a space", "Bearer "],
      ["two tokens", "Bearer x y"],
    ])("is answered with 401 and no error if it has %s", async (_what, authorization) => {
      const { body, headers } = await expectResponse(401, getUserinfo(polymint, authorization));
      expect(body).toEqual({ error_description: "An access token is needed." });
      expect(headers["www-authenticate"]).toBe('Bearer realm="polymint"');
    });

    it("is answered with 401 if its token is in the query (RFC 6750 §2.2, §2.3)", async () => {
      const { access_token } = await app.tokens({ scope: "openid" });
      await expectResponse(401, request(polymint.url).get(`${path}?access_token=${access_token}`));
    });
  });

  describe("an invalid access token", () => {
    it.each(["x", "a.b.c", "....", '"', "eyJhbGciOiJub25lIn0.e30.", "x".repeat(12_000)])(
      "is answered with invalid_token if it is %j",
      async (garbage) => {
        await expectInvalidToken(getUserinfo(polymint, `Bearer ${garbage}`));
      },
    );

    it("is answered with invalid_token if it was cut short or changed", async () => {
      const { access_token } = await app.tokens();
      const [head = "", payload = "", signature = ""] = access_token.split(".");
      const flipped = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
      for (const parts of [
        [head, payload],
        [head, payload, flipped],
        [head, payload, ""],
      ]) {
        await expectInvalidToken(getUserinfo(polymint, `Bearer ${parts.join(".")}`));
      }
    });

    it("is answered with invalid_token if it is an id token, a refresh token or a code", async () => {
      const { id_token, refresh_token } = await app.tokens();
      const { code } = await app.authorize();
      for (const token of [id_token, refresh_token, code]) await expectInvalidToken(getUserinfo(polymint, `Bearer ${token}`));
    });

    it("is answered with invalid_token if its typ is that of another kind of token (RFC 8725 §3.11)", async () => {
      const claims = claimsOf((await app.tokens()).access_token);
      await expectResponse(200, getUserinfo(polymint, `Bearer ${await signClaims(claims)}`));
      for (const typ of ["id+jwt", "logout+jwt", "AT+JWT", ""])
        await expectInvalidToken(getUserinfo(polymint, `Bearer ${await signClaims(claims, typ)}`));
    });

    it("is answered with invalid_token from the second at which it expires", async () => {
      const short = await registerApp(polymint, { lifetimeSeconds: 60 });
      const { access_token } = await short.tokens();
      polymint.clock.advance(59);
      await expectResponse(200, getUserinfo(polymint, `Bearer ${access_token}`));
      polymint.clock.advance(1);
      await expectInvalidToken(getUserinfo(polymint, `Bearer ${access_token}`));
    });

    it("is answered with invalid_token if it is revoked, by itself or with its family", async () => {
      for (const kind of ["access_token", "refresh_token"] as const) {
        const tokens = await app.tokens();
        const sent = request(polymint.url).post("/oauth2/revoke").type("form").set("Authorization", app.authorization);
        await sent.send({ token: tokens[kind] }).expect(200);
        await expectInvalidToken(getUserinfo(polymint, `Bearer ${tokens.access_token}`));
      }
    });

    it("is answered with invalid_token if we signed it but the ledger does not have it", async () => {
      const claims = claimsOf((await app.tokens()).access_token);
      await expectResponse(200, getUserinfo(polymint, `Bearer ${await signClaims(claims)}`));
      for (const changed of [{ jti: randomUUID() }, { jti: "x" }, { exp: claims.exp + 1 }, { iss: "https://elsewhere.example" }]) {
        await expectInvalidToken(getUserinfo(polymint, `Bearer ${await signClaims({ ...claims, ...changed })}`));
      }
    });

    it("is answered with invalid_token if its person is deleted or disabled", async () => {
      const [gone, disabled] = [await makeOwnPerson(polymint), await makeOwnPerson(polymint)];
      const tokens = await Promise.all([gone, disabled].map((person) => app.tokens({ person })));
      const people = makePeople(polymint.database);
      await people.delete(gone.id, polymint.clock());
      await people.setStatus(disabled.id, "disabled", polymint.clock());
      for (const { access_token } of tokens) await expectInvalidToken(getUserinfo(polymint, `Bearer ${access_token}`));
    });

    it("is answered with invalid_token if it is a client's own, even with a subject like a person's", async () => {
      const { client, secret } = await polymint.register({ contracts: ["screening-eagle"], scopes: ["openid"] });
      // A client from before such a subject was refused.
      const claims = { userID: Number(polymint.person.id) };
      await polymint.database.build((knex) => knex("clients").where("id", client.id).update({ claims }));
      const sent = request(polymint.url).post("/api/id/v1/auth/token").type("form");
      const form = { grant_type: "client_credentials", scope: "openid" };
      const { body } = (await sent.auth(client.id, secret?.value ?? "").send(form)) as { body: { access_token: string } };
      expect(claimsOf(body.access_token).sub).toBe(polymint.person.id);
      await expectInvalidToken(getUserinfo(polymint, `Bearer ${body.access_token}`));
    });

    it("is answered with invalid_token with another certificate than its own, or with none", async () => {
      const [own, other] = [await makeSelfSigned({}), await makeSelfSigned({})];
      const thumbprint = await thumbprintOf(own.der);
      const token = await signClaims({ ...claimsOf((await app.tokens()).access_token), cnf: { "x5t#S256": thumbprint } });
      const withCertificate = ({ der }: { der: Buffer }) =>
        getUserinfo(polymint, `Bearer ${token}`).set("Client-Cert", `:${der.toString("base64")}:`);
      await expectResponse(200, withCertificate(own));
      await expectInvalidToken(withCertificate(other));
      await expectInvalidToken(getUserinfo(polymint, `Bearer ${token}`));
    });
  });

  it.each(contractNames.filter((contract) => contract !== "screening-eagle"))(
    "answers a token of %s, which identifies no persons, with invalid_token by GET and POST",
    async (contract) => {
      const token = await tokenOf(polymint, contract);
      await expectInvalidToken(getUserinfo(polymint, `Bearer ${token}`));
      await expectInvalidToken(postUserinfo(polymint, { access_token: token }));
    },
  );

  it("answers a device's token of a person with the scopes openid and email with invalid_token", async () => {
    const scopes = ["openid", "email", "profile"];
    const device = await registerDevice(polymint, { scopes });
    const codes = await requestDeviceCodes(polymint, { client_id: device, scope: scopes.join(" ") });
    await decideDeviceRequest(polymint, codes, true, { scope: scopes });
    const { access_token } = (await pollForToken(polymint, device, codes.device_code).expect(200)).body as { access_token: string };
    expect(claimsOf(access_token).sub).toBe(polymint.person.id);
    await expectInvalidToken(getUserinfo(polymint, `Bearer ${access_token}`));
  });

  it("answers a token for another audience with invalid_token, and one for this server or for its client with the claims", async () => {
    const claims = claimsOf((await app.tokens()).access_token);
    expect(claims.aud).toBe(app.id);
    for (const aud of [app.id, [app.id], polymint.issuer]) {
      await expectResponse(200, getUserinfo(polymint, `Bearer ${await signClaims({ ...claims, aud })}`));
    }
    for (const aud of ["https://api.example", "demo-screening-eagle", [], "", undefined, `${polymint.issuer}/`]) {
      await expectInvalidToken(getUserinfo(polymint, `Bearer ${await signClaims({ ...claims, aud })}`));
    }
  });

  it("answers a token of screening-eagle without the scope openid with 403", async () => {
    const { body, headers } = await expectResponse(403, getUserinfo(polymint, `Bearer ${await tokenOf(polymint, "screening-eagle")}`));
    expect(body).toMatchObject({ error: "insufficient_scope" });
    expect(headers["www-authenticate"]).toMatch(/^Bearer realm="polymint", error="insufficient_scope", .*scope="openid"$/);
  });

  it("answers a person's token without the scope openid with 403", async () => {
    const { access_token } = await app.tokens({ scope: "email" });
    await expectResponse(403, getUserinfo(polymint, `Bearer ${access_token}`));
  });

  it("answers other methods, other paths and bodies with 405, 404 and 400", async () => {
    const { access_token } = await app.tokens({ scope: "openid" });
    const authorization = `Bearer ${access_token}`;
    const put = await expectResponse(405, request(polymint.url).put(path).set("Authorization", authorization));
    expect((put.headers.allow as string).split(", ").sort()).toEqual(["GET", "HEAD", "POST"]);
    await expectResponse(404, request(polymint.url).get(`${path}/`).set("Authorization", authorization));
    await expectResponse(400, request(polymint.url).get(path).set("Authorization", authorization).type("form").send("a=b"));
  });

  describe("POST (OIDC Core §5.3)", () => {
    it("answers as GET does for a token in the header, with an empty form or no body, and for one in the form (RFC 6750 §2.2)", async () => {
      const { access_token } = await app.tokens();
      const { body: expected } = await expectResponse(200, getUserinfo(polymint, `Bearer ${access_token}`));
      const authorization = `Bearer ${access_token}`;
      for (const test of [
        postUserinfo(polymint, {}, authorization),
        request(polymint.url).post(path).set("Authorization", authorization),
        postUserinfo(polymint, { access_token: "" }, authorization),
        postUserinfo(polymint, { access_token }),
        postUserinfo(polymint, { access_token, schema: "openid" }),
        postUserinfo(polymint, { access_token }, "Basic eDp5"),
      ])
        expect((await expectResponse(200, test)).body).toEqual(expected);
    });

    it("answers 400 to a token in the header and one in the form, be they equal or not, and to two in the form", async () => {
      const { access_token } = await app.tokens();
      for (const authorization of [`Bearer ${access_token}`, "Bearer x", "Bearer"]) {
        const { body } = await expectResponse(400, postUserinfo(polymint, { access_token }, authorization));
        expect(body).toMatchObject({ error: "invalid_request" });
      }
      await expectResponse(400, postUserinfo(polymint, `access_token=${access_token}&access_token=${access_token}`));
    });

    it("challenges as GET does where the token is missing, in the query, or not valid, or lacks the scope", async () => {
      const { access_token } = await app.tokens({ scope: "email" });
      await expectInvalidToken(postUserinfo(polymint, { access_token: "x" }));
      await expectInvalidToken(postUserinfo(polymint, {}, "Bearer x"));
      for (const test of [postUserinfo(polymint, {}), request(polymint.url).post(`${path}?access_token=${access_token}`)]) {
        const { headers } = await expectResponse(401, test);
        expect(headers["www-authenticate"]).toBe('Bearer realm="polymint"');
      }
      await expectResponse(403, postUserinfo(polymint, { access_token }));
    });

    it("answers 413 and 415 to bodies that are too large or no form, and never logs the token", async () => {
      const { access_token } = await app.tokens();
      await expectResponse(413, postUserinfo(polymint, `access_token=${"x".repeat(65_536)}`));
      await expectResponse(415, request(polymint.url).post(path).type("json").send({ access_token }));
      await expectResponse(200, postUserinfo(polymint, { access_token }));
      expect(polymint.logs.at(-1)).toMatchObject({ contract: "userinfo", outcome: "ok", client: app.id, jti: claimsOf(access_token).jti });
      expect(JSON.stringify(polymint.logs)).not.toContain(access_token.split(".")[2]);
    });
  });

  it("logs the token's client and jti, and never the token", async () => {
    const { access_token } = await app.tokens();
    await expectResponse(200, getUserinfo(polymint, `Bearer ${access_token}`));
    expect(polymint.logs.at(-1)).toMatchObject({ contract: "userinfo", outcome: "ok", client: app.id, jti: claimsOf(access_token).jti });
    await expectInvalidToken(getUserinfo(polymint, `Bearer ${access_token}x`));
    expect(JSON.stringify(polymint.logs)).not.toContain(access_token.split(".")[2]);
  });
});

/** `x5t#S256` (RFC 8705 §3.1). */
async function thumbprintOf(der: Buffer): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", der)).toString("base64url");
}

describe("/userinfo, during faults", () => {
  let polymint: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ polymint, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 1000 }));
  });
  afterAll(() => stop());

  it("answers an unforeseen failure with 500 and no cause, and 503 while the database is unreachable, but never invalid_token", async () => {
    const app = await registerApp(polymint);
    const { access_token } = await app.tokens();
    const broken = await withoutTable(polymint, "token_families", () =>
      expectResponse(500, getUserinfo(polymint, `Bearer ${access_token}`)),
    );
    expect(broken.text).not.toContain("token_families");
    await expectResponse(200, getUserinfo(polymint, `Bearer ${access_token}`));
    wire.cut();
    const away = await expectResponse(503, getUserinfo(polymint, `Bearer ${access_token}`));
    expect(away.headers["retry-after"]).toBe("5");
    wire.mend();
  });

  it("answers 429 at capacity", async () => {
    const full = await startPolymint({ maxInFlight: 0 });
    const busy = await expectResponse(429, getUserinfo(full, "Bearer x"));
    await full.stop();
    expect(busy.headers["retry-after"]).toBe("1");
  });
});
