import request, { type Response, type Test } from "supertest";
import { createApp } from "../../src/app";
import { makeUserCode, readUserCode, formatUserCode } from "../../src/engine/user-code";
import { RegistrationError } from "../../src/registration/registration";
import { close, listen, makeServer } from "../../src/server/http-server";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import type { FaultyWire } from "../../src/contract-suite/faulty-wire";
import { postBytes } from "../harness/post-bytes";
import { type AssertionClient, jwtBearer, registerAssertionClient } from "../harness/assertion-client";
import { postDeviceAuthorization, requestDeviceCodes, deviceGrant, pollForToken, registerDevice } from "../harness/device-client";
import { appOptionsOf } from "../harness/app-options";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";
import { withoutTable } from "../../src/contract-suite/tables";

const path = "/device_authorization";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let polymint: TestPolymint;
let wire: FaultyWire;
let stop: () => Promise<void>;
let clientId: string;
let asserting: AssertionClient;

beforeAll(async () => {
  ({ polymint, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 1_000 }));
  clientId = await registerDevice(polymint);
  asserting = await registerAssertionClient(polymint, {
    contracts: ["raidiam"],
    grants: ["client_credentials", "device_code"],
    scopes: ["a"],
  });
});
afterAll(() => stop());

async function expectResponse(status: number, test: Test): Promise<Response> {
  const response = await test;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "device-authorization", path);
  expect(response.headers["x-fapi-interaction-id"]).toMatch(uuid);
  return response;
}

async function readDeviceCodes(): Promise<unknown[]> {
  return polymint.database.build((knex) => knex("device_codes").select("*"));
}

async function expectRefusal(error: string, test: Test): Promise<string> {
  const before = (await readDeviceCodes()).length;
  const body = (await expectResponse(400, test)).body as { error: string; error_description: string };
  expect(body).toEqual({ error, error_description: expect.stringMatching(/^[\x20-\x7e]+$/) as string });
  expect(await readDeviceCodes()).toHaveLength(before);
  return body.error_description;
}

describe("POST /device_authorization", () => {
  it("gives both codes for ten minutes to a client without a secret", async () => {
    const { body } = (await expectResponse(200, postDeviceAuthorization(polymint, { client_id: clientId }))) as {
      body: { user_code: string };
    };
    expect(body).toEqual({
      device_code: expect.stringMatching(/^pmd_[\w-]{43}[0-9a-f]{8}$/) as string,
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/) as string,
      verification_uri: `${polymint.issuer}/device`,
      verification_uri_complete: `${polymint.issuer}/device?user_code=${body.user_code}`,
      expires_in: 600,
      interval: 5,
    });
  });

  it("stores and logs no device code, and logs no user code", async () => {
    const codes = await requestDeviceCodes(polymint, { client_id: clientId });
    const kept = JSON.stringify(await readDeviceCodes());
    expect(kept).toContain(codes.user_code.replace("-", ""));
    expect(kept).not.toContain(codes.device_code);
    const logged = JSON.stringify(polymint.logs);
    for (const code of [codes.device_code, codes.user_code]) expect(logged).not.toContain(code);
  });

  it.each<[string, (own: AssertionClient) => Record<string, string>]>([
    ["an assertion", (own) => own.proof()],
    ["an assertion under its other name", (own) => ({ client_assertion_type: jwtBearer, assertion: own.assertion(polymint.issuer) })],
    ["an assertion for this very endpoint", (own) => own.proof(`${polymint.issuer}${path}`)],
    ["its client id beside the assertion", (own) => ({ ...own.proof(), client_id: own.id })],
  ])("gives both codes for %s", async (_what, form) => {
    await expectResponse(200, postDeviceAuthorization(polymint, form(asserting)));
  });

  it("stores the requested scope, or all of the client's scopes without one", async () => {
    const scopeOf = async (form: Record<string, string>) => {
      const { user_code } = await requestDeviceCodes(polymint, { client_id: clientId, ...form });
      const rows = await polymint.database.build((knex) =>
        knex("device_codes")
          .where({ user_code: user_code.replace("-", "") })
          .pluck<string[]>("scope"),
      );
      return rows[0];
    };
    expect(await scopeOf({})).toBe("a b");
    expect(await scopeOf({ scope: "" })).toBe("a b");
    expect(await scopeOf({ scope: "b  b" })).toBe("b");
  });

  it("refuses a scope that the client does not have, and accepts the corrected request with the same assertion", async () => {
    const form = asserting.proof();
    await expectRefusal("invalid_scope", postDeviceAuthorization(polymint, { ...form, scope: "a other" }));
    await expectResponse(200, postDeviceAuthorization(polymint, { ...form, scope: "a" }));
    const again = (await expectResponse(400, postDeviceAuthorization(polymint, { ...form, scope: "a" }))).body as { error: string };
    expect(again.error).toBe("invalid_client");
  });

  it("refuses a client that is not registered for the device grant", async () => {
    const other = await registerAssertionClient(polymint, { contracts: ["raidiam"] });
    await expectRefusal("unauthorized_client", postDeviceAuthorization(polymint, other.proof()));
  });

  it("answers unknown clients, wrong proofs and clients of other contracts alike", async () => {
    const disabled = await registerDevice(polymint);
    await polymint.database.build((knex) => knex("clients").where({ id: disabled }).update({ status: "disabled" }));
    const foreign = await registerAssertionClient(polymint, { contracts: [], services: ["introspection"] });
    const forms: Record<string, string>[] = [
      {},
      { client_id: "nobody" },
      { client_id: disabled },
      { client_id: asserting.id },
      foreign.proof(),
      asserting.proof("https://elsewhere.example"),
      { ...asserting.proof(), client_id: clientId },
      { client_assertion_type: jwtBearer, client_assertion: asserting.assertion(polymint.issuer).slice(0, -9) },
      { client_id: clientId, client_secret: "x" },
      { client_id: polymint.clients.abbeycross.clientId },
    ];
    const texts = await Promise.all(forms.map(async (form) => (await expectResponse(400, postDeviceAuthorization(polymint, form))).text));
    expect(new Set(texts)).toEqual(new Set(['{"error":"invalid_client","error_description":"Client authentication failed."}']));
  });

  it.each<[string, (own: AssertionClient) => Record<string, string>]>([
    ["an assertion under both names", (own) => ({ ...own.proof(), assertion: own.assertion(polymint.issuer) })],
    ["an assertion without its type", (own) => ({ client_assertion: own.assertion(polymint.issuer) })],
    ["a type without its assertion", () => ({ client_id: clientId, client_assertion_type: jwtBearer })],
    ["another type of assertion", (own) => ({ ...own.proof(), client_assertion_type: "saml2-bearer" })],
    ["a secret beside an assertion", (own) => ({ ...own.proof(), client_secret: "x" })],
    ["a client id of 256 characters", () => ({ client_id: "x".repeat(256) })],
    ["a blank scope", () => ({ client_id: clientId, scope: "  " })],
    ["a client id with a NUL", () => ({ client_id: `${clientId}\0` })],
  ])("refuses %s", async (_what, form) => {
    await expectRefusal("invalid_request", postDeviceAuthorization(polymint, form(asserting)));
  });

  it("echoes an interaction id that is a UUID, and refuses any other", async () => {
    const id = "73CAC523-D3AE-4289-B106-330A6218710D";
    const echoed = await postDeviceAuthorization(polymint, { client_id: clientId }).set("x-fapi-interaction-id", id);
    expect([echoed.status, echoed.headers["x-fapi-interaction-id"]]).toEqual([200, id]);
    const fresh = await expectResponse(
      400,
      postDeviceAuthorization(polymint, { client_id: clientId }).set("x-fapi-interaction-id", "no-uuid"),
    );
    expect((fresh.body as { error: string }).error).toBe("invalid_request");
  });
});

describe("the HTTP answers of /device_authorization", () => {
  it("are the raidiam contract's for 404, 405, 406, 413 and 415", async () => {
    expect((await expectResponse(404, request(polymint.url).post(`${path}/`))).body).toEqual({
      errors: ["There is nothing at this path."],
    });
    expect((await expectResponse(405, request(polymint.url).get(path))).headers.allow).toBe("POST");
    await expectResponse(406, postDeviceAuthorization(polymint, { client_id: clientId }).set("Accept", "text/html"));
    const large = await postBytes(`${polymint.url}${path}`, `x=${"y".repeat(65_536)}`, {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(large.status).toBe(413);
    mustConform(large, "device-authorization", path);
    await expectResponse(415, request(polymint.url).post(path).send({ client_id: clientId }));
  });

  it("are 503 with Retry-After while the server is starting", async () => {
    const { app, warmed } = createApp(appOptionsOf(polymint));
    wire.cut();
    await expect(warmed).rejects.toThrow();
    wire.mend();
    const server = makeServer(app);
    const url = `http://127.0.0.1:${await listen(server, "127.0.0.1", 0)}`;
    const response = await expectResponse(503, postDeviceAuthorization({ url }, { client_id: clientId })).finally(() =>
      close(server, 1_000),
    );
    expect(response.headers["retry-after"]).toBe("1");
  });

  it("are 429 when the server is busy", async () => {
    const busy = await startPolymint({ maxInFlight: 0 });
    await expectResponse(429, postDeviceAuthorization(busy, { client_id: clientId })).finally(() => busy.stop());
  });

  it("are 404 while the contract is switched off", async () => {
    const off = await startPolymint({ contracts: ["abbeycross"] });
    const answer = await expectResponse(404, postDeviceAuthorization(off, { client_id: clientId })).finally(() => off.stop());
    expect(answer.body).toEqual({ errors: ["There is nothing at this path."] });
  });

  it("tell an unforeseen failure (500) from an unreachable database (502, 504), and spend nothing", async () => {
    const form = asserting.proof();
    await withoutTable(polymint, "device_codes", () => expectResponse(500, postDeviceAuthorization(polymint, form)));
    wire.silence();
    await expectResponse(504, postDeviceAuthorization(polymint, form)).finally(() => wire.mend());
    wire.cut();
    await expectResponse(502, postDeviceAuthorization(polymint, form)).finally(() => wire.mend());
    await expectResponse(200, postDeviceAuthorization(polymint, form));
  });
});

describe("a client without credentials", () => {
  it.each([[["device_code", "client_credentials"]], [["client_credentials"]], [undefined]] as const)(
    "cannot be registered for the grants %p",
    async (grants) => {
      const registration = { contracts: ["raidiam"], authMethods: ["none"], ...(grants === undefined ? {} : { grants }) } as const;
      await expect(polymint.register(registration)).rejects.toThrow(RegistrationError);
      await expect(polymint.register(registration)).rejects.toThrow(/only the grant device_code, where a person approves/);
    },
  );

  it("gets no token for itself", async () => {
    for (const grant_type of ["client_credentials", ""]) {
      const answer = await request(polymint.url).post("/token").type("form").send({ grant_type, client_id: clientId });
      expect([answer.status, (answer.body as { error: string }).error]).toEqual([400, "unauthorized_client"]);
    }
  });

  it("cannot poll for a client that has credentials", async () => {
    const { device_code } = await requestDeviceCodes(polymint, asserting.proof());
    const unproved = await pollForToken(polymint, asserting.id, device_code);
    expect(unproved.body).toMatchObject({ error: "invalid_client" });
    const proved = { ...asserting.proof(), grant_type: deviceGrant, device_code };
    expect((await request(polymint.url).post("/token").type("form").send(proved)).body).toMatchObject({ error: "authorization_pending" });
  });
});

describe("user codes", () => {
  it("use each of the 20 letters about equally often in every position", () => {
    const counts = new Map<string, number>();
    const codes = Array.from({ length: 20_000 }, makeUserCode);
    for (const code of codes)
      Array.from(code).forEach((letter, place) => counts.set(`${place}${letter}`, (counts.get(`${place}${letter}`) ?? 0) + 1));
    expect(counts.size).toBe(8 * 20);
    // 1000 are expected; the bound is seven standard deviations of 31.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(220);
  });

  it.each(["BCDFGHJK", "bcdf-ghjk", "BCDF GHJK", " b c d f g h j k ", "BCDF\u2013GHJK", "--BCDFGHJK"])("are read from %p", (typed) => {
    expect(readUserCode(typed)).toBe("BCDFGHJK");
  });

  it.each(["", "BCDFGHJ", "BCDFGHJKL", "ACDFGHJK", "BCDF_GHJK", "BCDFGHJ\0", "B0DFGHJK"])("are not read from %p", (typed) => {
    expect(readUserCode(typed)).toBeUndefined();
  });

  it("are shown with a dash", () => {
    expect(formatUserCode("BCDFGHJK")).toBe("BCDF-GHJK");
  });
});
