/** A real dump of Debian's PostgreSQL is restored: what was ended since is good again, until the database is sealed. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import request from "supertest";
import type { TestPolymint } from "../../src/testkit";
import { registerAssertionClient } from "../harness/assertion-client";
import { authorize } from "../harness/authorize";
import { tokenOf } from "../harness/bearer-tokens";
import { makeBrowser } from "../harness/browser";
import { startWithCommands } from "../harness/commands-beside";
import { decideDeviceRequest, pollForToken, registerDevice, requestDeviceCodes } from "../harness/device-client";
import { makeChain } from "../harness/login-chain";
import { makeOwnPerson } from "../harness/own-person";
import { makeOwnPostgres, type OwnPostgres } from "../harness/own-postgres";
import { allScopes, callback, isActive, registerApp } from "../harness/screening-eagle-app";
import { apiKeyOf, identityOf, requestAccessToken } from "../harness/weavr-requests";
import type { Polymint } from "../cli/command";

jest.setTimeout(60_000);

const programs = "/usr/lib/postgresql/15/bin";
const program = (name: string): string => join(programs, name);
const hasPrograms = ["initdb", "postgres", "pg_ctl", "pg_dump", "pg_restore"].every((name) => existsSync(program(name)));
// A dump is for its own major version: pg_dump is none of the npm packages, and Debian's refuses their PostgreSQL 18.
// Skipped only without Debian's PostgreSQL 15: `make databases` installs it where it may.
const describeWithPrograms = hasPrograms ? describe : describe.skip;

/** Something that the server has given, which is good until it is ended. */
interface Given {
  /** Uses it. @returns whether the server accepts it */
  use: () => Promise<boolean>;
  /** Ends it; default by its only use. */
  end?: () => Promise<unknown>;
}

let postgres: OwnPostgres;
let polymint: TestPolymint;
let commands: Polymint;
let database: string;
let app: Awaited<ReturnType<typeof registerApp>>;
let deviceId: string;
let delegate: Awaited<ReturnType<TestPolymint["createDelegatedClient"]>>;
let asserting: Awaited<ReturnType<typeof registerAssertionClient>>;

const isGranted = async (test: PromiseLike<{ status: number }>): Promise<boolean> => {
  const { status } = await test;
  if (![200, 400, 401].includes(status)) throw new Error(`the server answered ${status}`);
  return status === 200;
};
const seconds = (): number => Math.floor(polymint.clock() / 1000);

/** Makers of all that can be ended. Each thing has a person or a user of its own, who has nothing else to lose. */
const makers: Readonly<Record<string, () => Promise<Given>>> = {
  async "an access token"() {
    const { access_token: token } = await app.tokens({ person: await makeOwnPerson(polymint) });
    const form = request(polymint.url).post("/oauth2/revoke").type("form").set("Authorization", app.authorization);
    return { use: () => isActive(polymint, app, token), end: () => form.send({ token }).expect(200) };
  },
  async "an access token of a client alone"() {
    const token = await tokenOf(polymint, "abbeycross");
    return { use: () => isActive(polymint, app, token), end: () => commands.json(["token", "revoke", readJti(token)]) };
  },
  async "an authorization code"() {
    const granted = await app.authorize({ person: await makeOwnPerson(polymint) });
    return { use: () => isGranted(app.redeem(granted)) };
  },
  async "a refresh token"() {
    const { refresh_token: token } = await app.tokens({ person: await makeOwnPerson(polymint) });
    return { use: () => isGranted(app.refresh(token)) };
  },
  async "an approved device"() {
    const codes = await requestDeviceCodes(polymint, { client_id: deviceId });
    await decideDeviceRequest(polymint, codes, true, { personId: (await makeOwnPerson(polymint)).id });
    return { use: () => isGranted(pollForToken(polymint, deviceId, codes.device_code)) };
  },
  async "a session"() {
    const browser = makeBrowser(polymint.url);
    const parameters = { clientId: app.id, redirectUri: callback, scope: allScopes };
    await authorize(polymint, parameters, { person: await makeOwnPerson(polymint), browser });
    const logOut = async (): Promise<unknown> => browser.submit(await browser.get("/logout"));
    // The cookie is gone after the logout; a thief still has it.
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const use = async () => (await request(polymint.url).get("/login").set("Cookie", cookie)).text.includes("You are logged in");
    return { use, end: logOut };
  },
  async "an auth token"() {
    const chain = await makeChain(polymint);
    const token = await chain.logIn();
    return {
      use: () =>
        isGranted(
          requestAccessToken(polymint, apiKeyOf(polymint), { identity: chain.user.identity }).set("Authorization", `Bearer ${token}`),
        ),
      end: () => commands.json(["user", "sign-out", chain.user.id]),
    };
  },
  async "a one-time password"() {
    const chain = await makeChain(polymint);
    const post = async (path: string, body: object) =>
      request(polymint.url).post(path).set("api-key", apiKeyOf(polymint)).set("Authorization", `Bearer ${token}`).send(body);
    const token = await chain.logIn();
    const { challengeId } = (await post("/stepup/challenges/otp", {})).body as { challengeId: string };
    const verificationCode = polymint.otps.at(-1)?.code;
    return { use: () => isGranted(post("/stepup/challenges/otp/verify", { challengeId, verificationCode })) };
  },
  async "a one-time token"() {
    const token = await polymint.createOneTimeToken();
    return { use: () => isGranted(requestAccessToken(polymint, apiKeyOf(polymint), { identity: identityOf(polymint), token })) };
  },
  "a client assertion": () => Promise.resolve(makeAssertion({})),
  "a client assertion without iat": () => Promise.resolve(makeAssertion({ iat: undefined, exp: seconds() + 3600 })),
  async "an assertion of a delegated client"() {
    const clientAssertion = delegate.assertion(identityOf(polymint).id);
    return { use: () => isGranted(requestAccessToken(polymint, apiKeyOf(polymint), { identity: identityOf(polymint), clientAssertion })) };
  },
};

function makeAssertion(claims: Record<string, unknown>): Given {
  const form = {
    grant_type: "client_credentials",
    client_assertion_type: asserting.proof().client_assertion_type,
    client_assertion: asserting.assertion(polymint.issuer, claims),
  };
  return { use: () => isGranted(request(polymint.url).post("/token").type("form").send(form)) };
}

function readJti(token: string): string {
  const [, payload = ""] = token.split(".");
  return (JSON.parse(Buffer.from(payload, "base64url").toString()) as { jti: string }).jti;
}

/** Makes one of each. */
async function makeAll(): Promise<Record<string, Given>> {
  const made: Record<string, Given> = {};
  for (const [name, make] of Object.entries(makers)) made[name] = await make();
  return made;
}

/** Uses each. @returns which were accepted */
async function useAll(given: Readonly<Record<string, Given>>): Promise<Record<string, boolean>> {
  const used: Record<string, boolean> = {};
  for (const [name, { use }] of Object.entries(given)) used[name] = await use();
  return used;
}

const each = (value: boolean): Record<string, boolean> => Object.fromEntries(Object.keys(makers).map((name) => [name, value]));

const run = promisify(execFile);
const urlOf = (name: string): string => postgres.url.replace(/\/postgres$/, `/${name}`);

/** As docs/operating/backup.md says. */
async function restore(file: string): Promise<void> {
  await postgres.run(`DROP DATABASE "${database}" WITH (FORCE)`, `CREATE DATABASE "${database}"`);
  await run(program("pg_restore"), ["--exit-on-error", "--dbname", urlOf(database), file]);
}

describeWithPrograms("a database that was restored from a dump", () => {
  beforeAll(async () => {
    postgres = await makeOwnPostgres({
      programs: { initdb: program("initdb"), postgres: program("postgres"), pgCtl: program("pg_ctl") },
    });
    ({ polymint, commands } = await startWithCommands({ databaseUrl: postgres.url, refreshGraceSeconds: 0 }));
    const { rows } = await polymint.database.query<{ name: string }>({ name: "", text: "SELECT current_database() AS name" }, []);
    database = rows[0]?.name ?? "";
    app = await registerApp(polymint);
    deviceId = await registerDevice(polymint);
    asserting = await registerAssertionClient(polymint, { contracts: ["raidiam"], scopes: ["directory:software"] });
    await polymint.setDelegation(true);
    delegate = await polymint.createDelegatedClient();
  });
  afterAll(async () => {
    await polymint.stop();
    await postgres.remove();
  });

  it("has everything back that was ended since (control), and nothing once it is sealed", async () => {
    const given = await makeAll();
    const file = join(postgres.pgdata, "polymint.dump");
    await run(program("pg_dump"), ["--format=custom", "--file", file, urlOf(database)]);
    for (const { use, end = use } of Object.values(given)) await end();
    expect(await useAll(given)).toEqual(each(false));
    const lostAt = new Date().toISOString();

    await restore(file);
    expect(await useAll(given)).toEqual(each(true));

    await restore(file);
    const seal = ["restore", "seal", "--before", lostAt];
    const ended = {
      ...{ sessions: 5, authorization_codes: 2, device_codes: 1, auth_tokens: 2, one_time_tokens: 1, one_time_passwords: 1 },
      families: 4,
    };
    expect(await commands.json([...seal, "--dry-run"])).toMatchObject({ dry_run: true, ended: { ...ended, tokens: 3 } });
    expect(await commands.json([...seal, "--yes"])).toMatchObject({ before: lostAt, dry_run: false, ended });
    expect(await useAll(given)).toEqual(each(false));
    const nothing = Object.fromEntries(Object.keys(ended).map((name) => [name, 0]));
    expect(await commands.json([...seal, "--yes"])).toMatchObject({ ended: nothing });

    // By their own claims, assertions of the minute after could have been used by a server with a clock that is behind.
    expect(await makeAssertion({}).use()).toBe(false);
    polymint.clock.advance(61);
    expect(await useAll(await makeAll())).toEqual(each(true));
    expect(await makeAssertion({ iat: undefined }).use()).toBe(false);
    const { entries } = await commands.json<{ entries: object[] }>(["audit", "list", "--kind", "change"]);
    expect(entries).toContainEqual(expect.objectContaining({ command: "restore seal", object: `everything issued before ${lostAt}` }));
  });

  it("is not sealed for the future, nor without a confirmation", async () => {
    const later = new Date(Date.now() + 120_000).toISOString();
    expect(await commands.run(["restore", "seal", "--before", later, "--yes"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${later} is in the future`) as string,
    });
    expect(await commands.run(["restore", "seal", "--before", "1s"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("add --yes") as string,
    });
    expect(await commands.run(["restore", "seal", "--yes"])).toMatchObject({ code: 2 });
    expect(await commands.run(["restore", "seal", "--before", "soon", "--yes"])).toMatchObject({ code: 2 });
  });
});
