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

interface Row {
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

/** Serves with an audit of so many refusals a second. */
async function serve(perSecond: number): Promise<void> {
  leftOut = 0;
  polymint = await startPolymint({
    trustedProxies: [proxy],
    makeObserver: ({ database, clock }) => {
      const networkOf = makeSourceNetwork(makePeerOf({ trustedProxies: [proxy], clock }));
      audit = makeRefusalAudit({ audit: makeAudit(database), perSecond, networkOf, clock, onLeftOut: (count) => (leftOut += count) });
      return { onOutcome: (outcome) => audit.onOutcome(outcome) };
    },
  });
}

const rows = (): Promise<Row[]> => polymint.database.build((knex) => knex<Row>("audit_refusals").orderBy("id").select("*"));
const refused = (from: string, id = "nobody") =>
  request(polymint.url).post("/v1/oauth/token").set("X-Forwarded-For", from).send({ client_id: id, client_secret: "hunter2-0123456789" });

describe("the audit of refusals", () => {
  beforeAll(() => serve(100));
  afterAll(async () => {
    await audit.close();
    await polymint.stop();
  });
  beforeEach(async () => {
    leftOut = 0;
    await polymint.database.build((knex) => knex("audit_refusals").delete());
  });

  it("writes while it serves, within seconds", async () => {
    await refused("203.0.113.77").expect(409);
    for (let tries = 0; (await rows()).length === 0; tries += 1) {
      expect(tries).toBeLessThan(400);
      await sleep(25);
    }
  });

  it("says what was refused, in which contract, to which network, and by which id the log has it", async () => {
    await refused("203.0.113.77").expect(409);
    await refused("2001:db8:1:2:3:4:5:6").expect(409);
    await audit.close();
    const [first, second, ...more] = await rows();
    expect(more).toEqual([]);
    const common = { dialect: "abbeycross", code: "invalid_client", client_id: null, times: 1, at: new Date(polymint.clock()) };
    expect(first).toMatchObject({ ...common, network: "203.0.113.0/24" });
    expect(second).toMatchObject({ ...common, network: "2001:db8:1:2::/64" });
    const logged = polymint.logs.find(({ correlationId }) => correlationId === first?.correlation_id);
    expect(logged).toMatchObject({ contract: "abbeycross", outcome: "invalid_client" });
  });

  it("names a client only if it had proved itself", async () => {
    const { clientId } = polymint.clients.abbeycross ?? {};
    await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: "wrong" }).expect(409);
    const eagle = polymint.clients["screening-eagle"];
    const { status } = await request(polymint.url)
      .post("/api/id/v1/auth/token")
      .set("Authorization", basic(eagle?.clientId ?? "", eagle?.secret ?? ""))
      .type("form")
      .send({ grant_type: "refresh_token", refresh_token: "hunter2-0123456789" });
    expect(status).toBeGreaterThanOrEqual(400);
    await audit.close();
    expect((await rows()).map(({ code, client_id }) => [code, client_id])).toEqual([
      ["invalid_client", null],
      ["unauthorized_client", eagle?.clientId],
    ]);
  });

  it("writes those that are alike as one row, and nothing at all for what was granted", async () => {
    for (let n = 0; n < 20; n += 1) await refused("203.0.113.77", `guess-${n}`).expect(409);
    const { clientId, secret } = polymint.clients.abbeycross ?? {};
    await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret }).expect(200);
    await audit.close();
    const found = await rows();
    expect(found.reduce((sum, { times }) => sum + times, 0)).toBe(20);
    expect(found.length).toBeLessThan(10);
  });

  it("costs nobody an answer when it cannot write, and counts what was lost", async () => {
    await polymint.database.build((knex) => knex.schema.renameTable("audit_refusals", "audit_elsewhere"));
    await refused("203.0.113.77").expect(409);
    await audit.close();
    expect(leftOut).toBe(1);
    await polymint.database.build((knex) => knex.schema.renameTable("audit_elsewhere", "audit_refusals"));
    await refused("203.0.113.77").expect(409);
    await audit.close();
    expect((await rows()).map(({ code, times }) => [code, times])).toEqual([
      ["invalid_client", 1],
      ["left_out", 1],
    ]);
  });

  it("holds nothing that was secret", async () => {
    const secrets = await sendTraffic(polymint);
    await audit.close();
    const found = await rows();
    expect(found.length).toBeGreaterThanOrEqual(6);
    expect(secrets.length).toBeGreaterThan(20);
    for (const secret of secrets) expect(JSON.stringify(found)).not.toContain(secret);
  });
});

it("writes no more than so many a second, in one statement, however many different ones there are, and says how many it left out", async () => {
  await serve(3);
  const before = polymint.statements.length;
  const began = performance.now();
  for (let n = 0; n < 120; n += 1) await refused(`10.0.${n}.1`).expect(409);
  const seconds = Math.ceil((performance.now() - began) / 1000);
  await audit.close();
  const found = await rows();
  const written = found.filter(({ code }) => code !== "left_out");
  const missing = found.filter(({ code }) => code === "left_out").reduce((sum, { times }) => sum + times, 0);
  expect(written.length).toBeLessThanOrEqual(3 * (seconds + 1));
  expect(missing).toBe(120 - written.length);
  expect(leftOut).toBe(missing);
  expect(missing).toBeGreaterThan(0);
  const own = polymint.statements.slice(before).filter((sql) => sql.includes("INSERT INTO audit_refusals"));
  expect(own.length).toBeLessThanOrEqual(seconds + 1);
  for (const { dialect, client_id, network } of found.filter(({ code }) => code === "left_out"))
    expect([dialect, client_id, network]).toEqual([null, null, null]);
  await polymint.stop();
});
