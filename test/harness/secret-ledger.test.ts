/** The search for secrets in logs, at servers that log them on purpose. */
import { spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import pino from "pino";
import request from "supertest";
import { makeLogCollector } from "../../src/testkit/clock-and-log";
import { startPolymint } from "../../src/testkit";
import { basic, tokenOf } from "./bearer-tokens";
import { makeSecretLedger } from "./secret-ledger";
import { secretSearch } from "./secret-search";

/** The secrets that the search of this file finds. They are reported only once. */
async function findLeakedSecrets(): Promise<string[]> {
  const leaks = await secretSearch.findLeaks();
  return [...new Set(leaks.map(({ secret }) => secret))];
}

describe("the search for secrets in logs", () => {
  it("(control) finds what a server received and answered anywhere in a log line, and finds nothing in the log of a good server", async () => {
    const polymint = await startPolymint();
    const careless = pino({ level: "info" }, makeLogCollector().stream);
    const { secret } = polymint.clients.abbeycross;
    const { access_token: token } = (
      await request(polymint.url).post("/v1/oauth/token").send({ client_id: polymint.clients.abbeycross.clientId, client_secret: secret })
    ).body as { access_token: string };
    const proof = basic("demo-firstvision", polymint.clients.firstvision.secret);
    await request(polymint.url).post("/v1/api/oauth/token?scope=edit").set("Authorization", proof);
    const authToken = await tokenOf(polymint, "weavr");
    expect(polymint.logs.filter(({ msg }) => msg === "A request was answered.").length).toBeGreaterThan(3);
    expect(await findLeakedSecrets()).toEqual([]);

    const slips = [secret, token, polymint.clients.firstvision.secret, polymint.user.password, authToken];
    for (const slip of slips) careless.info({ detail: `could not use ${slip}, sorry` }, "oops");
    expect(await findLeakedSecrets()).toEqual(expect.arrayContaining(slips));
    careless.info({ correlationId: secret }, "request");
    expect(await findLeakedSecrets()).toContain(secret);
    await polymint.stop();
  });

  it("(control) finds what a server in another process received, answered and had as a setting", async () => {
    const token = randomBytes(18).toString("hex");
    const [password, code, setting] = [`hunter2-${randomBytes(9).toString("hex")}`, "482915", "metrics-token-abcdef"];
    const child = spawn(process.execPath, ["--import", "tsx", join(__dirname, "careless-server.ts")], {
      env: { PATH: process.env.PATH, METRICS_TOKEN: setting, GIVES: token },
    });
    child.stderr.resume();
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    const asked = request(`http://127.0.0.1:${port.toString().trim()}`).post("/").type("form");
    await asked.set("Authorization", basic("somebody", password)).send({ code });
    child.kill();
    await once(child, "close");
    const pair = Buffer.from(`somebody:${password}`).toString("base64");
    expect((await findLeakedSecrets()).sort()).toEqual([pair, pair.slice(0, -1), code, setting, token].sort());
  });

  it("(control) finds a random secret of this process that was never sent", async () => {
    const careless = pino({ level: "info" }, makeLogCollector().stream);
    const pepper = randomBytes(32).toString("base64");
    const otp = randomInt(1_000_000).toString().padStart(6, "0");
    careless.warn({ detail: `not this pepper: ${pepper}` });
    careless.warn({ sent: otp });
    expect(await findLeakedSecrets()).toEqual(expect.arrayContaining([pepper, otp]));
  });

  it.each([
    "pmr_SDjwPHRZfkFuVhP6y4eqIDTvTmWg7P5KxR3mVQ8vGZcdeadbeef",
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.c2lnbmF0dXJl",
    "-----BEGIN PRIVATE KEY-----",
  ])("finds a text with the shape of a secret: %s", (secret) => {
    expect(makeSecretLedger().findIn(JSON.stringify({ detail: `no use: ${secret} at all` }))).toEqual([secret]);
  });

  it("finds nothing in a text that only begins like a secret", () => {
    const ledger = makeSecretLedger();
    ledger.add(["0123456789abcdef"]);
    expect(ledger.findIn("0123456789abcdeX 123456789abcdef 0123456789ab")).toEqual([]);
    expect(ledger.findIn("x0123456789abcdefx")).toEqual(["0123456789abcdef"]);
  });
});

describe("the search for short secrets", () => {
  const ledger = makeSecretLedger();
  ledger.add(["482915", "WDJB-MJHT", "hunter2", "wrong"]);
  const usual = { level: 30, time: 482915, pid: 482915, msg: "wrong", outcome: "wrong", durationMs: 482915 };
  const lineOf = (members: object) => JSON.stringify({ ...usual, ...members });

  it.each([
    ["482915", { detail: "482915" }],
    ["482915", { detail: "the OTP 482915 is not the one" }],
    ["482915", { sent: { otp: 482915 } }],
    ["482915", { problems: ["body.verificationCode: '482915'"] }],
    ["WDJB-MJHT", { detail: "nobody has wdjb-mjht" }],
    ["WDJB-MJHT", { detail: "nobody has (WDJBMJHT)" }],
    ["hunter2", { detail: "hunter2 is no password of ada's" }],
    ["hunter2", { stack: "Error: hunter2\n    at login (login.ts:1:1)" }],
    ["wrong", { detail: "wrong" }],
    ["wrong", { detail: 'there is no password "wrong"' }],
    ["wrong", { detail: "asked with client_secret=wrong&grant_type=client_credentials" }],
    ["wrong", { asked: { wrong: 1 } }],
  ])("finds %s in the log members %j", (secret, members) => {
    expect(ledger.findIn(lineOf(members))).toEqual([secret]);
  });

  it.each([
    {},
    { correlationId: "wrong-482915-hunter2x", detail: "the wrong secret" },
    { detail: "1482915 rows, 4829150 ms, 0.482915, 2026-482915" },
    { stack: "Error: wrong\n    at login (login.ts:1:1)" },
  ])("finds nothing in the log members %j", (members) => {
    expect(ledger.findIn(lineOf(members))).toEqual([]);
  });

  it("finds a short secret in a line that is no JSON", () => {
    expect(ledger.findIn("polymint: The code 482915 is spent.")).toEqual(["482915"]);
    expect(ledger.findIn("polymint: The wrong code is spent.")).toEqual([]);
  });
});
