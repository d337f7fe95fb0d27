import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "jsonwebtoken";
import { makeTestDatabase, type TestDatabase } from "../../src/testkit/test-database";
import { authorizePath, makeVerifier, walkPages } from "../harness/authorize";
import { makeBrowser } from "../harness/browser";
import { makeCheckout } from "../harness/checkout";
import { requestDeviceCodes } from "../harness/device-client";
import { readBannerCurls, runInShell } from "../harness/installed-server";
import { makeTypeCheck } from "../../src/codegen/type-check";
import { type CheckoutProcesses, type CheckoutServer, makeCheckoutProcesses, type TicketResponse } from "./sixth-server";

const root = join(__dirname, "..", "..");
const fixture = join(root, "test", "fixtures", "sixth");
const contractFolder = join("src", "contracts", "meridian");
const answerless = `
import type { operations } from "../../../generated/meridian";
import type { Contract } from "../contract";
import abbeycross from "../abbeycross";
export default { ...abbeycross, operations: {} } satisfies Contract<operations>;
`;

const copy = makeCheckout();
const checkout = copy.folder;

let database: TestDatabase;
let processes: CheckoutProcesses;

beforeAll(async () => {
  database = await makeTestDatabase(process.env.DATABASE_URL);
  processes = makeCheckoutProcesses(checkout, database);
});

afterAll(async () => {
  await processes.killAll();
  await database.drop();
  copy.remove();
});

/** Runs `make codegen` and the `tsc` of `make check`, without the package manager. */
const runCodegen = (...flags: string[]) => copy.runNode("--import", "tsx", "src/codegen/codegen.ts", ...flags);
const compile = makeTypeCheck(checkout);

/** @returns the file of each error */
function filesWithErrors({ output }: { output: string }): string[] {
  return [...output.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].map(([, file = ""]) => file);
}

const readTexts = () => copy.readTexts("openapi", "src", "migrations", "generated");

describe("the folder of a sixth contract", () => {
  let before: Map<string, string>;

  it("starts from a checkout that compiles", async () => {
    before = readTexts();
    expect(compile()).toEqual({ code: 0, output: "" });
  }, 60_000);

  it("makes the compiler ask for its folder after codegen", async () => {
    cpSync(join(fixture, "meridian.yaml"), join(checkout, "openapi", "meridian.yaml"));
    const { code, output } = await runCodegen();
    const isForIntegrators = (line: string) => /^wrote generated\/collections\/(?:bruno\/meridian\/|postman\/meridian\.)/.test(line);
    const files = ["clients/index.ts", "clients/meridian.ts", "meridian.json", "meridian.ts", "wiring.ts"];
    expect([code, output.split("\n").filter((line) => !isForIntegrators(line))]).toEqual([
      0,
      [...files.map((file) => `wrote generated/${file}`), ""],
    ]);
    const compiled = compile();
    expect(compiled.code).not.toBe(0);
    expect(compiled.output).toContain("error TS2307: Cannot find module '../src/contracts/meridian'");
    expect(new Set(filesWithErrors(compiled))).toEqual(new Set(["generated/wiring.ts"]));
  }, 60_000);

  it("makes the compiler ask for the operation if its answer is empty", async () => {
    mkdirSync(join(checkout, contractFolder));
    writeFileSync(join(checkout, contractFolder, "index.ts"), answerless);
    const compiled = compile();
    expect(compiled.code).not.toBe(0);
    expect(compiled.output).toContain("Property 'issueMeridianTicket' is missing in type '{}'");
    expect(filesWithErrors(compiled)).toContain("src/contracts/meridian/index.ts");
  }, 60_000);

  it("makes the compiler ask for a forgotten refusal", async () => {
    cpSync(join(fixture, "meridian"), join(checkout, contractFolder), { recursive: true });
    const refuse = join(checkout, contractFolder, "refuse.ts");
    const whole = readFileSync(refuse, "utf8");
    writeFileSync(refuse, whole.replace(/^ *dependency_timeout:.*\n/m, ""));
    const compiled = compile();
    expect(compiled.code).not.toBe(0);
    expect(compiled.output).toContain("Property 'dependency_timeout' is missing");
    expect(new Set(filesWithErrors(compiled))).toEqual(new Set(["src/contracts/meridian/refuse.ts"]));
    writeFileSync(refuse, whole);
  }, 60_000);

  it("compiles once complete, and no other hand-written file has changed", async () => {
    expect(compile()).toEqual({ code: 0, output: "" });
    expect((await runCodegen("--check")).code).toBe(0);
    const changed = [...readTexts()].flatMap(([path, text]) => (before.get(path) === text ? [] : [path]));
    expect(changed.filter((path) => !path.startsWith(`${contractFolder}/`) && !path.startsWith("generated/collections/")).sort()).toEqual([
      "generated/clients/index.ts",
      "generated/clients/meridian.ts",
      "generated/meridian.json",
      "generated/meridian.ts",
      "generated/wiring.ts",
      "openapi/meridian.yaml",
    ]);
  }, 60_000);
});

describe("a server with a sixth contract", () => {
  const person = { email: "ada@example.net", password: "correct horse battery staple" };
  const doorway = "https://app.example.net/doorway";
  let server: CheckoutServer;
  let personId: string;
  let turnstile: string;
  let shared: { client_id: string; client_secret: string };
  let app: { key: string; phrase: string };

  beforeAll(async () => {
    server = await processes.serve({ REFRESH_GRACE_SECONDS: "1" }, "--demo");
    const create = (...args: string[]) => processes.run(["client", "create", ...args, "--contract", "meridian"]);
    const names = ["--first-name", "Ada", "--last-name", "Lovelace"];
    const [made, device, both, application] = await Promise.all([
      processes.run(["person", "create", "--email", person.email, ...names, "--password-stdin"], person.password),
      create("--name", "Turnstile", "--grant", "device_code", "--auth-method", "none", "--scope", "enter leave"),
      create("--contract", "raidiam", "--grant", "device_code", "--auth-method", "client_secret_post", "--scope", "enter"),
      create("--name", "Cloakroom", "--redirect-uri", doorway, "--scope", "openid email enter return"),
    ]);
    personId = made.person_id ?? "";
    turnstile = device.client_id ?? "";
    shared = { client_id: both.client_id ?? "", client_secret: both.client_secret ?? "" };
    app = { key: application.client_id ?? "", phrase: application.client_secret ?? "" };
  }, 60_000);

  const summaryOf = ({ status, body }: TicketResponse) => [status, body.reason ?? "ticket"];
  const poll = (code: string) => server.postTicket({ kind: "screen", key: turnstile, code });
  const turnIn = (stub = "") => server.postTicket({ kind: "stub", ...app, stub });

  /** Lets the person log in and consent. @returns what redeems the code */
  async function authorizeApp(browser = makeBrowser(server.url)) {
    const proof = makeVerifier();
    const scope = "openid email enter return";
    const path = authorizePath({ clientId: app.key, redirectUri: doorway, scope, state: "s", codeVerifier: proof });
    const answer = await walkPages(browser, await browser.get(path), person);
    const location = new URL(answer.headers.get("location") ?? "");
    expect([location.origin + location.pathname, location.searchParams.get("state")]).toEqual([doorway, "s"]);
    return { kind: "door", ...app, code: location.searchParams.get("code") ?? "", proof, doorway };
  }

  it("serves its demo client with the printed curl, and answers with the contract's own refusals", async () => {
    const { banner } = server;
    expect(banner).toContain("Polymint serves 6 contracts");
    const curl = readBannerCurls(banner).meridian ?? "";
    const ticket = JSON.parse(await runInShell(curl)) as { ticket: string; validUntil: string; rights: string[] };
    expect(Object.keys(ticket).sort()).toEqual(["rights", "ticket", "validUntil"]);
    expect(ticket.rights).toEqual(["enter", "leave"]);
    expect(decode(ticket.ticket)).toMatchObject({ sub: "demo-meridian", rights: ["enter", "leave"], iss: server.url });

    const url = `${server.url}/meridian/tickets`;
    const stranger = await server.postTicket({ key: "nobody", phrase: "wrong" });
    expect([stranger.status, stranger.body]).toEqual([403, { reason: "stranger", reference: expect.any(String) as string }]);
    const garbled = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{" });
    expect([garbled.status, await garbled.json()]).toMatchObject([422, { reason: "garbled" }]);
    const wrongMethod = await fetch(url);
    expect([wrongMethod.status, await wrongMethod.json()]).toMatchObject([422, { reason: "garbled" }]);
  });

  it("gives a device its ticket once a person has approved it on the page", async () => {
    const codes = await requestDeviceCodes(server, { client_id: turnstile });
    expect(summaryOf(await poll(codes.device_code))).toEqual([409, "undecided"]);
    expect(summaryOf(await poll(codes.device_code))).toEqual([409, "hasty"]);

    const browser = makeBrowser(server.url);
    const typed = await browser.submit(await browser.get(codes.verification_uri_complete));
    const loggedIn = await walkPages(browser, typed, person);
    const approval = await browser.submit(loggedIn);
    expect(approval.text).toContain("<bdi>Turnstile</bdi> wants to act for you");
    expect((await walkPages(browser, approval, person)).text).toContain("Your device is connected");

    const { status, body } = await poll(codes.device_code);
    expect([status, body.rights]).toEqual([201, ["enter", "leave"]]);
    expect(decode(body.ticket ?? "")).toMatchObject({ sub: personId, person: person.email, rights: ["enter", "leave"] });
    expect(summaryOf(await poll(codes.device_code))).toEqual([403, "worthless"]);
  });

  it("gives device codes to a client of two contracts that authenticates as only the second allows", async () => {
    const { device_code: code } = await requestDeviceCodes(server, shared);
    const { client_id: key, client_secret: phrase } = shared;
    expect(summaryOf(await server.postTicket({ kind: "screen", key, phrase, code }))).toEqual([409, "undecided"]);
  });

  it("gives an application tickets and an id token for a code, which it can redeem once", async () => {
    const wish = await authorizeApp();
    expect(summaryOf(await server.postTicket({ ...wish, proof: makeVerifier() }))).toEqual([403, "worthless"]);
    const { status, body } = await server.postTicket(wish);
    expect([status, body.rights]).toEqual([201, ["openid", "email", "enter", "return"]]);
    expect(decode(body.ticket ?? "")).toMatchObject({ sub: personId, person: person.email });
    expect(decode(body.portrait ?? "")).toMatchObject({ iss: server.url, aud: app.key, sub: personId, email: person.email });

    expect(summaryOf(await server.postTicket(wish))).toEqual([403, "worthless"]);
    expect(summaryOf(await turnIn(body.stub))).toEqual([403, "worthless"]);
    expect(summaryOf(await server.postTicket({ ...wish, code: undefined }))).toEqual([422, "garbled"]);
  });

  it("asks for consent each time if the contract's scope for refresh tokens is requested", async () => {
    const browser = makeBrowser(server.url);
    await authorizeApp(browser);
    const ask = async (scope: string) => browser.get(authorizePath({ clientId: app.key, redirectUri: doorway, scope }));
    const consent = await ask("openid return");
    expect(consent.text).toContain("Allow <bdi>Cloakroom</bdi> access?");
    expect(consent.text).toContain("Keep this access while you are away");
    expect((await ask("openid email")).headers.get("location")).toContain(doorway);
  });

  it("rotates refresh tokens, and ends all of them when a rotated one is used after the grace", async () => {
    const { body: first } = await server.postTicket(await authorizeApp());
    const { status, body: second } = await turnIn(first.stub);
    expect([status, second.rights]).toEqual([201, ["openid", "email", "enter", "return"]]);
    expect(second.stub).not.toBe(first.stub);
    const { body: third } = await turnIn(second.stub);
    expect(decode(third.ticket ?? "")).toMatchObject({ sub: personId, person: person.email });
    await sleep(1_100);
    expect(summaryOf(await turnIn(second.stub))).toEqual([403, "worthless"]);
    expect(summaryOf(await turnIn(third.stub))).toEqual([403, "worthless"]);
  });

  it("publishes the metadata documents of the other contracts as before", async () => {
    const readEndpoint = async (document: string) => {
      const response = await fetch(`${server.url}/.well-known/${document}`);
      return ((await response.json()) as { token_endpoint: string }).token_endpoint;
    };
    expect(await readEndpoint("openid-configuration")).toBe(`${server.url}/api/id/v1/auth/token`);
    expect(await readEndpoint("oauth-authorization-server")).toBe(`${server.url}/token`);
  });

  it("keeps the contract's working hours, and serves its devices and its people without any other contract", async () => {
    const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    const otherDay = weekdays[(new Date().getUTCDay() + 3) % 7] ?? "";
    const hours = JSON.stringify({ timeZone: "UTC", weekly: { [otherDay]: ["08:00-09:00"] } });
    expect(await server.stop()).toBe(0);
    server = await processes.serve({ CONTRACTS: "meridian", HOURS_MERIDIAN: hours });
    const closed = await server.postTicket(app);
    expect(summaryOf(closed)).toEqual([503, "closed"]);
    expect(Number(closed.headers.get("retry-after"))).toBeGreaterThan(86_400);

    expect((await requestDeviceCodes(server, { client_id: turnstile })).user_code).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
    const browser = makeBrowser(server.url);
    const path = authorizePath({ clientId: app.key, redirectUri: doorway, scope: "openid" });
    expect((await browser.follow(await browser.get(path))).text).toContain("Cloakroom");
    expect((await browser.get("/device")).status).toBe(200);
    const found = ["openid-configuration", "oauth-authorization-server", "jwks.json"].map(
      async (document) => (await fetch(`${server.url}/.well-known/${document}`)).status,
    );
    expect(await Promise.all(found)).toEqual([404, 404, 200]);
    expect(await server.stop()).toBe(0);
  }, 60_000);
});
