import type { Server } from "node:http";
import request, { type Response, type Test } from "supertest";
import { createApp, type PolymintApp } from "../../src/app";
import { close, listen, makeServer } from "../../src/server/http-server";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import type { FaultyWire } from "../../src/contract-suite/faulty-wire";
import { sendRaw } from "../../src/contract-suite/raw-http";
import { appOptionsOf } from "../harness/app-options";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";

/** A response whose body has no assumed type. */
type UntypedResponse = Omit<Response, "body"> & { body: unknown };

const live = "/health/live";
const ready = "/health/ready";

async function expectResponse(status: number, path: string, test: Test): Promise<UntypedResponse> {
  const response = await test;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "health", path, "get");
  return response;
}

describe("health", () => {
  let polymint: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ polymint, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 1000 }));
  });
  afterAll(() => stop());

  const expectLive = async () =>
    expect((await expectResponse(200, live, request(polymint.url).get(live))).body).toEqual({ status: "live" });
  const expectReady = async () =>
    expect((await expectResponse(200, ready, request(polymint.url).get(ready))).body).toEqual({ status: "ready" });

  it("says that the process is live and ready", async () => {
    await expectLive();
    await expectReady();
  });

  it("is live but not ready while the database is unreachable or silent, and ready again afterwards", async () => {
    for (const breakIt of [() => wire.cut(), () => wire.silence()]) {
      await expectReady();
      breakIt();
      const { body } = await expectResponse(503, ready, request(polymint.url).get(ready));
      expect(body).toEqual({ status: "not_ready", checks: { serving: "ok", database: "failing" } });
      await expectLive();
      wire.mend();
    }
    await expectReady();
  });

  it("asks the database for readiness only", async () => {
    const before = polymint.statements.length;
    await expectLive();
    expect(polymint.statements.length).toBe(before);
    await expectReady();
    expect(polymint.statements.length).toBe(before + 2);
  });

  describe.each([live, ready])("%s", (path) => {
    it("answers HEAD without a body", async () => {
      const head = await request(polymint.url).head(path).expect(200);
      expect(head.text).toBeFalsy();
      expect(head.headers["cache-control"]).toBe("no-store");
    });

    it.each(["POST", "PUT", "DELETE", "OPTIONS"])("answers %s with 405 and Allow", async (method) => {
      const { status, headers, body } = await sendRaw(polymint.url, `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
      expect([status, headers.allow?.includes("GET")]).toEqual([405, true]);
      mustConform({ status, headers, text: body }, "health", path, "get");
    });

    it("refuses a body and an unreadable query, and answers 404 below its path", async () => {
      const withBody = await sendRaw(polymint.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx`);
      expect(withBody.status).toBe(400);
      await expectResponse(400, path, request(polymint.url).get(`${path}?a=%00`));
      await expectResponse(404, path, request(polymint.url).get(`${path}/x`));
    });
  });
});

describe("health while an app starts and stops", () => {
  let polymint: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  const servers: Server[] = [];
  beforeAll(async () => {
    ({ polymint, wire, stop } = await startFaultyPolymint());
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => close(server, 1_000)));
    await stop();
  });

  async function startApp(): Promise<{ app: PolymintApp; url: string }> {
    const app = createApp({ ...appOptionsOf(polymint), testing: { validateResponses: true } });
    const server = makeServer(app.app);
    servers.push(server);
    return { app, url: `http://127.0.0.1:${await listen(server, "127.0.0.1", 0)}` };
  }

  it("is not ready before the warm-up and after the drain has begun, but live all the time", async () => {
    wire.cut();
    const unwarmed = await startApp();
    await expect(unwarmed.app.warmed).rejects.toThrow();
    wire.mend();
    const cold = await expectResponse(503, ready, request(unwarmed.url).get(ready));
    expect(cold.body).toEqual({ status: "not_ready", checks: { serving: "failing", database: "ok", ledger: "ok" } });
    await expectResponse(200, live, request(unwarmed.url).get(live));

    const { app, url } = await startApp();
    await app.warmed;
    await expectResponse(200, ready, request(url).get(ready));
    app.beginDrain();
    const draining = await expectResponse(503, ready, request(url).get(ready));
    expect(draining.body).toEqual({ status: "not_ready", checks: { serving: "failing", database: "ok", ledger: "ok" } });
    await expectResponse(200, live, request(url).get(live));
  });
});

describe("health, at capacity", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ maxInFlight: 0 });
  });
  afterAll(() => polymint.stop());

  it.each(["/health/live", "/health/ready"])("answers %s as usual, so that no probe restarts a busy server", async (path) => {
    await request(polymint.url).get(path).expect(200);
  });
});
