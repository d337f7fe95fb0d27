import { setTimeout as sleep } from "node:timers/promises";
import request from "supertest";
import { makeSourceNetwork } from "../../src/audit/source-network";
import { makeRefusalAudit, type RefusalAudit } from "../../src/audit/refusals";
import { makePeerOf } from "../../src/http/peer";
import { makeAudit } from "../../src/store/audit";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { basic } from "../harness/bearer-tokens";
import { sendTraffic } from "../harness/watched-traffic";

const proxy = "127.0.0.1";

interface AuditRefusalRow {
  at: Date;
  dialect: string | null;
  code: string;
  client_id: string | null;
  network: string | null;
  correlation_id: string | null;
  times: number;
}

let polymint: TestPolymint;
let audit: RefusalAudit;
let leftOut: number;

/** Starts a server whose audit writes at most this many refusals per second. @param contracts that it serves; all if left out */
async function startServer(perSecond: number, contracts?: readonly string[]): Promise<void> {
  leftOut = 0;
  polymint = await startPolymint({
    trustedProxies: [proxy],
    ...(contracts === undefined ? {} : { contracts }),
    makeObserver: ({ database, clock }) => {
      const networkOf = makeSourceNetwork(makePeerOf({ trustedProxies: [proxy], tls: false, clock }));
      audit = makeRefusalAudit({ audit: makeAudit(database), perSecond, networkOf, clock, onLeftOut: (count) => (leftOut += count) });
      return { onOutcome: (outcome) => audit.onOutcome(outcome) };
    },
  });
}

const readRows = (): Promise<AuditRefusalRow[]> =>
  polymint.database.build((knex) => knex<AuditRefusalRow>("audit_refusals").orderBy("id").select("*"));
const sendRefused = (from: string, id = "nobody") =>
  request(polymint.url).post("/v1/oauth/token").set("X-Forwarded-For", from).send({ client_id: id, client_secret: "hunter2-0123456789" });

describe("the audit of refusals", () => {
  beforeAll(() => startServer(100));
  afterAll(async () => {
    await audit.close();
    await polymint.stop();
  });
  beforeEach(async () => {
    leftOut = 0;
    await polymint.database.build((knex) => knex("audit_refusals").delete());
  });

  it("writes a refusal within seconds, while the server runs", async () => {
    await sendRefused("203.0.113.77").expect(409);
    for (let tries = 0; (await readRows()).length === 0; tries += 1) {
      expect(tries).toBeLessThan(400);
      await sleep(25);
    }
  });

  it("records the code, the contract, the subnet and the correlation id of a refusal", async () => {
    await sendRefused("203.0.113.77").expect(409);
    await sendRefused("2001:db8:1:2:3:4:5:6").expect(409);
    await audit.close();
    const [first, second, ...more] = await readRows();
    expect(more).toEqual([]);
    const common = { dialect: "abbeycross", code: "invalid_client", client_id: null, times: 1, at: new Date(polymint.clock()) };
    expect(first).toMatchObject({ ...common, network: "203.0.113.0/24" });
    expect(second).toMatchObject({ ...common, network: "2001:db8:1:2::/64" });
    const logged = polymint.logs.find(({ correlationId }) => correlationId === first?.correlation_id);
    expect(logged).toMatchObject({ contract: "abbeycross", outcome: "invalid_client" });
  });

  it("names a client only if the client had authenticated", async () => {
    const { clientId } = polymint.clients.abbeycross;
    await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: "wrong" }).expect(409);
    const eagle = polymint.clients["screening-eagle"];
    const { status } = await request(polymint.url)
      .post("/api/id/v1/auth/token")
      .set("Authorization", basic(eagle.clientId, eagle.secret))
      .type("form")
      .send({ grant_type: "refresh_token", refresh_token: "hunter2-0123456789" });
    expect(status).toBeGreaterThanOrEqual(400);
    await audit.close();
    expect((await readRows()).map(({ code, client_id }) => [code, client_id])).toEqual([
      ["invalid_client", null],
      ["unauthorized_client", eagle.clientId],
    ]);
  });

  it("writes equal refusals as one row, and nothing for a granted request", async () => {
    for (let n = 0; n < 20; n += 1) await sendRefused("203.0.113.77", `guess-${n}`).expect(409);
    const { clientId, secret } = polymint.clients.abbeycross;
    await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret }).expect(200);
    await audit.close();
    const found = await readRows();
    expect(found.reduce((sum, { times }) => sum + times, 0)).toBe(20);
    expect(found.length).toBeLessThan(10);
  });

  it("writes nothing for a path that no contract has, however it is asked for", async () => {
    const known = "/v1/oauth/token";
    const paths = [
      "/favicon.ico",
      "/robots.txt",
      "/",
      "/.env",
      `${known}/`,
      `${known}/below`,
      known.toUpperCase(),
      `/${known}`,
      "/login/below",
    ];
    for (const path of paths) {
      const answers = [
        await request(polymint.url).get(path),
        await request(polymint.url).post(path).set("Content-Type", "text/plain").send("{"),
      ];
      for (const { status } of answers) expect([path, status >= 400]).toEqual([path, true]);
      await request(polymint.url).get(path).set("Authorization", "Basic !");
    }
    await audit.close();
    expect(await readRows()).toEqual([]);
    expect(leftOut).toBe(0);
  });

  it("writes a refused method or body at a path that a contract has", async () => {
    await request(polymint.url).get("/v1/oauth/token").expect(405);
    await request(polymint.url).post("/v1/oauth/token").set("Content-Type", "text/plain").send("{").expect(415);
    await audit.close();
    expect((await readRows()).map(({ dialect, code }) => [dialect, code])).toEqual([
      ["abbeycross", "method_not_allowed"],
      ["abbeycross", "unsupported_media_type"],
    ]);
  });

  it("delays no response when it cannot write, and counts the refusals that were lost", async () => {
    await polymint.database.build((knex) => knex.schema.renameTable("audit_refusals", "audit_elsewhere"));
    await sendRefused("203.0.113.77").expect(409);
    await audit.close();
    expect(leftOut).toBe(1);
    await polymint.database.build((knex) => knex.schema.renameTable("audit_elsewhere", "audit_refusals"));
    await sendRefused("203.0.113.77").expect(409);
    await audit.close();
    expect((await readRows()).map(({ code, times }) => [code, times])).toEqual([
      ["invalid_client", 1],
      ["left_out", 1],
    ]);
  });

  it("contains no secrets", async () => {
    const secrets = await sendTraffic(polymint);
    await audit.close();
    const found = await readRows();
    expect(found.length).toBeGreaterThanOrEqual(6);
    expect(secrets.length).toBeGreaterThan(20);
    for (const secret of secrets) expect(JSON.stringify(found)).not.toContain(secret);
  });
});

it("writes a refusal of a contract that is switched off", async () => {
  await startServer(100, ["weavr"]);
  await sendRefused("203.0.113.77").expect(404);
  await request(polymint.url).post("/v1/oauth/token/below").send({}).expect(404);
  await audit.close();
  expect((await readRows()).map(({ dialect, code, times }) => [dialect, code, times])).toEqual([["abbeycross", "not_found", 1]]);
  await polymint.stop();
});

it("writes at most `perSecond` rows in one statement per second, and records how many refusals it left out", async () => {
  await startServer(3);
  const before = polymint.statements.length;
  const startedAt = performance.now();
  for (let n = 0; n < 120; n += 1) await sendRefused(`10.0.${n}.1`).expect(409);
  const seconds = Math.ceil((performance.now() - startedAt) / 1000);
  await audit.close();
  const found = await readRows();
  const written = found.filter(({ code }) => code !== "left_out");
  const missing = found.filter(({ code }) => code === "left_out").reduce((sum, { times }) => sum + times, 0);
  expect(written.length).toBeLessThanOrEqual(3 * (seconds + 1));
  expect(missing).toBe(120 - written.length);
  expect(leftOut).toBe(missing);
  expect(missing).toBeGreaterThan(0);
  const inserts = polymint.statements.slice(before).filter((sql) => sql.includes("INSERT INTO audit_refusals"));
  expect(inserts.length).toBeLessThanOrEqual(seconds + 1);
  for (const { dialect, client_id, network } of found.filter(({ code }) => code === "left_out"))
    expect([dialect, client_id, network]).toEqual([null, null, null]);
  await polymint.stop();
});
