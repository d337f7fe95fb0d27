import type { Test } from "supertest";
import { settings } from "../../src/config";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { postDeviceAuthorization, registerDevice } from "../harness/device-client";
import { statusesOf, times, trustedProxies } from "./token-requests";

const devicesFrom = { count: 6, windowSeconds: 600 };
const devicesOf = { count: 15, windowSeconds: 600 };

let polymint: TestPolymint;
let second: { url: string };
beforeAll(async () => {
  polymint = await startPolymint({ limits: { devicesFrom, devicesOf }, trustedProxies });
  second = await polymint.startAnother();
});
afterAll(() => polymint.stop());

const ask = (clientId: string, source: string, server: { url: string } = polymint): Test =>
  postDeviceAuthorization(server, { client_id: clientId }).set("X-Forwarded-For", source);
const countRows = async ({ database } = polymint) =>
  (await database.build((knex) => knex("device_codes").pluck<string[]>("user_code"))).length;

describe("device codes", () => {
  it("are given to an address up to its limit at all servers together, and again when the window has ended", async () => {
    const clientId = await registerDevice(polymint);
    const before = await countRows();
    const asked = Array.from({ length: 20 }, (_, index) => ask(clientId, "192.0.2.1", index % 2 === 0 ? polymint : second));
    expect((await statusesOf(asked)).sort()).toEqual([...times(6, 200), ...times(14, 429)]);
    expect((await countRows()) - before).toBe(6);
    const refused = await ask(clientId, "192.0.2.1");
    mustConform(refused, "device-authorization", "/device_authorization");
    expect([refused.status, refused.text, refused.headers["retry-after"]]).toEqual([429, "", "600"]);
    expect((await ask(clientId, "192.0.2.2")).status).toBe(200);
    polymint.clock.advance(600);
    expect((await ask(clientId, "192.0.2.1")).status).toBe(200);
  });

  it("are given to a client up to its limit from all addresses together, so that its pending rows are bounded", async () => {
    const [clientId, other] = [await registerDevice(polymint), await registerDevice(polymint)];
    const before = await countRows();
    const answers: number[] = [];
    for (let address = 1; address <= 5; address += 1)
      answers.push(...(await statusesOf(Array.from({ length: 5 }, () => ask(clientId, `198.51.100.${address}`)))));
    expect(answers.sort()).toEqual([...times(15, 200), ...times(10, 429)]);
    expect((await countRows()) - before).toBe(15);
    expect((await ask(other, "198.51.100.9")).status).toBe(200);
  });

  it("of a client are not used up by an address beyond its own limit", async () => {
    const clientId = await registerDevice(polymint);
    await statusesOf(Array.from({ length: 40 }, () => ask(clientId, "203.0.113.1")));
    expect(await statusesOf(Array.from({ length: 6 }, () => ask(clientId, "203.0.113.2")))).toEqual(times(6, 200));
  });

  it("count only for callers that would get them", async () => {
    const clientId = await registerDevice(polymint);
    for (let tries = 0; tries < 10; tries += 1)
      expect(
        (await postDeviceAuthorization(polymint, { client_id: clientId, scope: "not-mine" }).set("X-Forwarded-For", "203.0.113.8")).status,
      ).toBe(400);
    expect((await ask(clientId, "203.0.113.8")).status).toBe(200);
  });

  it("(control) are given without end where no limit is set", async () => {
    const unlimited = await startPolymint({ trustedProxies });
    const clientId = await registerDevice(unlimited);
    expect(await statusesOf(Array.from({ length: 40 }, () => ask(clientId, "192.0.2.1", unlimited)))).toEqual(times(40, 200));
    expect(await countRows(unlimited)).toBe(40);
    await unlimited.stop();
  });

  it("are limited by default", () => {
    const fallbacks = Object.fromEntries(settings.map(({ name, fallback }) => [name, fallback]));
    expect([fallbacks.DEVICE_LIMIT_SOURCE, fallbacks.DEVICE_LIMIT_CLIENT]).toEqual(["60/600", "6000/600"]);
  });
});
