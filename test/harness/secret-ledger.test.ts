import pino from "pino";
import request from "supertest";
import { watchLogs } from "../../src/testkit/clock-and-log";
import { startPolymint } from "../../src/testkit";
import { basic, tokenOf } from "../services/tokens";
import { makeSecretLedger, watchExchange } from "./secret-ledger";

/** What the check of every test file must find, at a server that has let each of these slip into its log. */
describe("the search for secrets in logs", () => {
  it("finds what goes in and what comes out of a server, wherever it stands in a line", async () => {
    const polymint = await startPolymint();
    const ledger = makeSecretLedger();
    polymint.server.prependListener("request", (asked, answer) => watchExchange(ledger, asked, answer));
    const leaked: string[] = [];
    const own: string[] = [];
    const stop = watchLogs((line) => own.push(line));
    const careless = pino({ level: "info" }, { write: (line: string) => leaked.push(...ledger.findIn(line)) });

    const { secret = "" } = polymint.clients.abbeycross ?? {};
    const { access_token: token } = (
      await request(polymint.url).post("/v1/oauth/token").send({ client_id: polymint.clients.abbeycross?.clientId, client_secret: secret })
    ).body as { access_token: string };
    const proof = basic("demo-firstvision", polymint.clients.firstvision?.secret ?? "");
    await request(polymint.url).post("/v1/api/oauth/token?scope=edit").set("Authorization", proof);
    const authToken = await tokenOf(polymint, "weavr");

    const slips = [secret, token, polymint.clients.firstvision?.secret ?? "", polymint.user.password, authToken];
    for (const slip of slips) careless.info({ detail: `could not use ${slip}, sorry` }, "oops");
    stop();
    expect(slips.filter((slip) => !leaked.includes(slip))).toEqual([]);
    expect(own.map((line) => JSON.parse(line) as unknown)).toEqual(polymint.logs.slice(-own.length));
    expect(own.filter((line) => line.includes('"request"')).length).toBeGreaterThan(3);
    expect(ledger.size()).toBeGreaterThan(slips.length);
    await polymint.stop();
  });

  it("finds nothing in what only begins like a secret", () => {
    const ledger = makeSecretLedger();
    ledger.add(["0123456789abcdef"]);
    expect(ledger.findIn("0123456789abcdeX 123456789abcdef 0123456789ab")).toEqual([]);
    expect(ledger.findIn("x0123456789abcdefx")).toEqual(["0123456789abcdef"]);
  });
});
