import { decode } from "jsonwebtoken";
import request, { type Response } from "supertest";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeDeviceCodes } from "../../src/store/people/device-codes";
import { makePeople } from "../../src/store/people/people";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { makeOwnPerson } from "../harness/own-person";
import { registerAssertionClient } from "../harness/assertion-client";
import {
  requestDeviceCodes,
  decideDeviceRequest,
  deviceGrant,
  type DeviceCodes,
  pollForToken,
  registerDevice,
} from "../harness/device-client";
import { withoutTable } from "../../src/contract-suite/tables";

jest.setTimeout(60_000);

let polymint: TestPolymint;
let other: { url: string };
let clientId: string;

beforeAll(async () => {
  polymint = await startPolymint();
  other = await polymint.startAnother();
  clientId = await registerDevice(polymint);
});
afterAll(() => polymint.stop());

const requestCodes = () => requestDeviceCodes(polymint, { client_id: clientId });

/** Polls once. @returns the error's name, or `token` */
async function pollOnce(codes: DeviceCodes, server: { url: string } = polymint, client = clientId): Promise<string> {
  return readOutcome(await pollForToken(server, client, codes.device_code));
}

function readOutcome(response: Response): string {
  mustConform(response, "raidiam", "/token");
  const { access_token, error = "" } = response.body as { access_token?: string; error?: string };
  expect(response.status).toBe(access_token === undefined ? 400 : 200);
  return access_token === undefined ? error : "token";
}

describe("an approved device", () => {
  it("gets a token for the person, with these claims and no others", async () => {
    const codes = await requestCodes();
    await decideDeviceRequest(polymint, codes, true, { scope: ["b"] });
    const response = await pollForToken(polymint, clientId, codes.device_code);
    expect(readOutcome(response)).toBe("token");
    expect(response.body).toEqual({ access_token: expect.any(String) as string, expires_in: 600, token_type: "Bearer", scope: "b" });
    const { access_token: token } = response.body as { access_token: string };
    const iat = Math.floor(polymint.clock() / 1000);
    expect(decode(token, { complete: true })?.header).toMatchObject({ alg: "ES256", typ: "at+jwt" });
    expect(decode(token)).toEqual({
      iss: polymint.issuer,
      aud: polymint.issuer,
      sub: polymint.person.id,
      client_id: clientId,
      scope: "b",
      auth_time: iat - 7,
      iat,
      exp: iat + 600,
      jti: expect.any(String) as string,
    });
    const rows = await polymint.database.build((knex) => knex("issued_tokens").where({ subject: polymint.person.id }).select("grant_type"));
    expect(rows).toContainEqual({ grant_type: "device_code" });
  });

  it("gets a token without a scope if its client has none", async () => {
    const unscoped = await registerDevice(polymint, { scopes: [] });
    const codes = await requestDeviceCodes(polymint, { client_id: unscoped });
    await decideDeviceRequest(polymint, codes, true, { scope: [] });
    const { body } = (await pollForToken(polymint, unscoped, codes.device_code)) as { body: { access_token: string } };
    expect(body).not.toHaveProperty("scope");
    expect(decode(body.access_token)).not.toHaveProperty("scope");
  });

  it("may poll at once after the approval", async () => {
    const codes = await requestCodes();
    expect(await pollOnce(codes)).toBe("authorization_pending");
    await decideDeviceRequest(polymint, codes, true);
    expect(await pollOnce(codes)).toBe("token");
  });

  it("gets its token once, from whichever server", async () => {
    const codes = await requestCodes();
    await decideDeviceRequest(polymint, codes, true);
    expect(await pollOnce(codes, other)).toBe("token");
    expect([await pollOnce(codes), await pollOnce(codes, other)]).toEqual(["invalid_grant", "invalid_grant"]);
  });

  it("gets its token once when it polls both servers at the same moment", async () => {
    for (let round = 0; round < 20; round += 1) {
      const codes = await requestCodes();
      await decideDeviceRequest(polymint, codes, true);
      const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => pollOnce(codes, index % 2 === 0 ? polymint : other)));
      expect(answers.sort()).toEqual([...Array.from({ length: 7 }, () => "invalid_grant"), "token"]);
    }
  });

  it("gets its token until the code expires, and not a second later", async () => {
    const [intime, late] = [await requestCodes(), await requestCodes()];
    await decideDeviceRequest(polymint, intime, true);
    await decideDeviceRequest(polymint, late, true);
    polymint.clock.advance(599);
    expect(await pollOnce(intime)).toBe("token");
    polymint.clock.advance(1);
    expect(await pollOnce(late)).toBe("expired_token");
  });

  it("gets access_denied while the person is disabled and after the person is deleted", async () => {
    const { id: personId } = await makeOwnPerson(polymint);
    const codes = await requestCodes();
    await decideDeviceRequest(polymint, codes, true, { personId });
    const people = makePeople(polymint.database);
    await people.setStatus(personId, "disabled", polymint.clock());
    expect(await pollOnce(codes)).toBe("access_denied");
    await people.setStatus(personId, "active", polymint.clock());
    expect(await pollOnce(codes)).toBe("token");

    const orphaned = await requestCodes();
    await decideDeviceRequest(polymint, orphaned, true, { personId });
    await people.delete(personId, polymint.clock());
    expect(await pollOnce(orphaned)).toBe("access_denied");
  });
});

describe("a denied device", () => {
  it("gets access_denied however often it polls", async () => {
    const codes = await requestCodes();
    await decideDeviceRequest(polymint, codes, false);
    expect([await pollOnce(codes), await pollOnce(codes, other)]).toEqual(["access_denied", "access_denied"]);
  });
});

describe("a waiting device", () => {
  it("may poll at once, and then every five seconds", async () => {
    const codes = await requestCodes();
    expect(await pollOnce(codes)).toBe("authorization_pending");
    for (let polls = 0; polls < 5; polls += 1) {
      polymint.clock.advance(5);
      expect(await pollOnce(codes)).toBe("authorization_pending");
    }
  });

  it("has five seconds added to its interval each time it polls too early, for good", async () => {
    const codes = await requestCodes();
    const pollAfter = async (seconds: number) => {
      polymint.clock.advance(seconds);
      return pollOnce(codes);
    };
    expect(await pollAfter(0)).toBe("authorization_pending");
    expect(await pollAfter(4.999)).toBe("slow_down"); // From now on 10.
    expect(await pollAfter(5)).toBe("slow_down"); // 15
    expect(await pollAfter(14.999)).toBe("slow_down"); // 20
    expect(await pollAfter(20)).toBe("authorization_pending");
    expect(await pollAfter(20)).toBe("authorization_pending");
    expect(await pollAfter(19)).toBe("slow_down"); // 25
    expect(await pollAfter(25)).toBe("authorization_pending");
  });

  it("has one interval on all servers", async () => {
    const codes = await requestCodes();
    expect(await pollOnce(codes)).toBe("authorization_pending");
    polymint.clock.advance(3);
    expect(await pollOnce(codes, other)).toBe("slow_down");
    polymint.clock.advance(9);
    expect(await pollOnce(codes)).toBe("slow_down");
    polymint.clock.advance(15);
    expect(await pollOnce(codes, other)).toBe("authorization_pending");
  });

  it("has exactly five seconds added per early poll when many come at once", async () => {
    const codes = await requestCodes();
    const answers = await Promise.all(Array.from({ length: 16 }, (_, index) => pollOnce(codes, index % 2 === 0 ? polymint : other)));
    expect(answers.filter((answer) => answer === "authorization_pending")).toHaveLength(1);
    expect(answers.filter((answer) => answer === "slow_down")).toHaveLength(15);
    polymint.clock.advance(5 + 15 * 5 - 1);
    expect(await pollOnce(codes)).toBe("slow_down");
    polymint.clock.advance(5 + 16 * 5);
    expect(await pollOnce(codes)).toBe("authorization_pending");
  });

  it("(control) gets too short an interval if the server reads the last poll first and writes it afterwards", async () => {
    const codes = await requestCodes();
    const digest = makeSecretDigest(polymint.pepper)(codes.device_code);
    const readThenUpdate = async (): Promise<void> => {
      const row = (knex: Parameters<Parameters<TestPolymint["database"]["build"]>[0]>[0]) => knex("device_codes").where({ digest });
      const found = await polymint.database.build((knex) =>
        row(knex).select<{ last_polled_at: Date | null; interval_seconds: number }[]>(),
      );
      const early = found[0]?.last_polled_at instanceof Date;
      const interval_seconds = (found[0]?.interval_seconds ?? 0) + (early ? 5 : 0);
      await polymint.database.build((knex) => row(knex).update({ last_polled_at: new Date(polymint.clock()), interval_seconds }));
    };
    await Promise.all(Array.from({ length: 16 }, readThenUpdate));
    polymint.clock.advance(5 + 15 * 5 - 1);
    expect(await pollOnce(codes)).toBe("authorization_pending");
  });

  it("is not slowed down by other clients' polls, nor by polls without proof", async () => {
    const signing = await registerAssertionClient(polymint, { contracts: ["raidiam"], grants: ["device_code"] });
    const codes = await requestDeviceCodes(polymint, signing.proof());
    for (let polls = 0; polls < 3; polls += 1) {
      expect(await pollOnce(codes)).toBe("invalid_grant");
      expect(await pollOnce(codes, polymint, signing.id)).toBe("invalid_client");
    }
    const proved = await request(polymint.url)
      .post("/token")
      .type("form")
      .send({ ...signing.proof(), grant_type: deviceGrant, device_code: codes.device_code });
    expect(readOutcome(proved)).toBe("authorization_pending");
  });

  it("gets expired_token after ten minutes", async () => {
    const codes = await requestCodes();
    polymint.clock.advance(599);
    expect(await pollOnce(codes)).toBe("authorization_pending");
    polymint.clock.advance(1);
    expect([await pollOnce(codes), await pollOnce(codes)]).toEqual(["expired_token", "expired_token"]);
  });

  it("may use its assertion for every poll until one of them returns the token", async () => {
    const signing = await registerAssertionClient(polymint, { contracts: ["raidiam"], grants: ["device_code"] });
    const codes = await requestDeviceCodes(polymint, signing.proof());
    const form = { ...signing.proof(), grant_type: deviceGrant, device_code: codes.device_code };
    const pollWithAssertion = async () => readOutcome(await request(polymint.url).post("/token").type("form").send(form));
    expect(await pollWithAssertion()).toBe("authorization_pending");
    await decideDeviceRequest(polymint, codes, true, { scope: [] });
    expect(await pollWithAssertion()).toBe("token");

    const next = await requestDeviceCodes(polymint, signing.proof());
    await decideDeviceRequest(polymint, next, true, { scope: [] });
    const replayed = { ...form, device_code: next.device_code };
    expect(readOutcome(await request(polymint.url).post("/token").type("form").send(replayed))).toBe("invalid_client");
    const fresh = { ...replayed, ...signing.proof() };
    expect(readOutcome(await request(polymint.url).post("/token").type("form").send(fresh))).toBe("token");
  });
});

describe("a device code", () => {
  it("is refused for another client, and still works for its own", async () => {
    const neighbour = await registerDevice(polymint);
    const codes = await requestCodes();
    await decideDeviceRequest(polymint, codes, true);
    expect(await pollOnce(codes, polymint, neighbour)).toBe("invalid_grant");
    expect(await pollOnce(codes)).toBe("token");
  });

  it.each<[string, (codes: DeviceCodes) => string]>([
    ["is unknown", () => "pmd_unknown"],
    ["lacks its end", ({ device_code }) => device_code.slice(0, -1)],
    ["has one character more", ({ device_code }) => `${device_code}0`],
    ["is in other letters", ({ device_code }) => device_code.toUpperCase()],
    ["is the user code", ({ user_code }) => user_code],
    ["is 60,000 characters long", () => "x".repeat(60_000)],
  ])("is refused if it %s", async (_what, codeOf) => {
    const codes = await requestCodes();
    await decideDeviceRequest(polymint, codes, true);
    expect(await pollOnce({ ...codes, device_code: codeOf(codes) })).toBe("invalid_grant");
    expect(await pollOnce(codes)).toBe("token");
  });

  it("is an invalid request if it has a NUL or is empty", async () => {
    const codes = await requestCodes();
    expect(await pollOnce({ ...codes, device_code: `${codes.device_code}\0` })).toBe("invalid_request");
    expect(await pollOnce({ ...codes, device_code: "" })).toBe("invalid_request");
  });

  it("stays valid when the database fails while the token is issued", async () => {
    const codes = await requestCodes();
    await decideDeviceRequest(polymint, codes, true);
    const failed = await withoutTable(polymint, "issued_tokens", () => pollForToken(polymint, clientId, codes.device_code));
    expect(failed.status).toBe(500);
    expect(await pollOnce(codes)).toBe("token");
  });
});

describe("a user code", () => {
  it("is given to one device at a time", async () => {
    const store = makeDeviceCodes(polymint.database);
    const device = { userCode: "BCDFGHJK", clientId, scope: [], intervalSeconds: 5, expiresAt: polymint.clock() / 1000 + 600 };
    expect(await store.create({ ...device, digest: Buffer.alloc(32, 1) }, polymint.clock())).toBe(true);
    expect(await store.create({ ...device, digest: Buffer.alloc(32, 2) }, polymint.clock())).toBe(false);
  });

  it("is decided on once, and not after it has expired", async () => {
    const codes = await requestCodes();
    await decideDeviceRequest(polymint, codes, false);
    await expect(decideDeviceRequest(polymint, codes, true)).rejects.toThrow("nothing to decide");
    expect(await pollOnce(codes)).toBe("access_denied");
    const late = await requestCodes();
    polymint.clock.advance(600);
    await expect(decideDeviceRequest(polymint, late, true)).rejects.toThrow("nothing to decide");
  });
});
