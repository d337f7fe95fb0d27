import request from "supertest";
import { makeOwnPerson, type OwnPerson } from "../harness/own-person";
import { makeBrowser } from "../harness/browser";
import { authorize, authorizePath, walkPages } from "../harness/authorize";
import { decideDeviceRequest, pollForToken, registerDevice, requestDeviceCodes } from "../harness/device-client";
import {
  allScopes,
  callback,
  expectRefusal,
  expectTokens,
  isActive,
  registerApp,
  type ScreeningEagleApp,
} from "../harness/screening-eagle-app";
import { logIn } from "../harness/bearer-tokens";
import { apiKeyOf, expectWeavrResponse, identityOf, requestAccessToken } from "../harness/weavr-requests";
import { startWithCommands } from "../harness/commands-beside";
import type { TestPolymint } from "../../src/testkit";
import type { Polymint } from "./command";

jest.setTimeout(120_000);

let polymint: TestPolymint;
let commands: Polymint;
let app: ScreeningEagleApp;
let deviceId: string;

beforeAll(async () => {
  ({ polymint, commands } = await startWithCommands());
  app = await registerApp(polymint);
  deviceId = await registerDevice(polymint);
});
afterAll(() => polymint.stop());

/** What a person has: a browser with a session, tokens, a code that is not redeemed, and a device that has not collected. */
async function makeLogins(person: OwnPerson, client = app) {
  const tokens = await client.tokens({ person });
  const browser = makeBrowser(polymint.url);
  const parameters = { clientId: client.id, redirectUri: callback, scope: allScopes };
  const pending = await authorize(polymint, parameters, { person, browser });
  const codes = await requestDeviceCodes(polymint, { client_id: deviceId });
  await decideDeviceRequest(polymint, codes, true, { personId: person.id });
  const collected = await requestDeviceCodes(polymint, { client_id: deviceId });
  await decideDeviceRequest(polymint, collected, true, { personId: person.id });
  const deviceToken = (await pollForToken(polymint, deviceId, collected.device_code).expect(200)).body as { access_token: string };
  return { client, tokens, pending, codes, browser, deviceToken: deviceToken.access_token };
}

type Logins = Awaited<ReturnType<typeof makeLogins>>;

/** What of it is still good. Asking uses up the code, the approval and the refresh token. */
async function tryAll({ client, tokens, pending, codes, browser, deviceToken }: Logins) {
  const session = (await browser.get("/login")).text.includes("You are logged in");
  const code = (await client.redeem(pending)).status;
  const device = (await pollForToken(polymint, deviceId, codes.device_code)).status;
  const accessTokens = [await isActive(polymint, app, tokens.access_token), await isActive(polymint, app, deviceToken)];
  const refresh = (await client.refresh(tokens.refresh_token)).status;
  return { session, code, device, accessTokens, refresh };
}

const allGood = { session: true, code: 200, device: 200, accessTokens: [true, true], refresh: 200 };
const allEnded = { session: false, code: 400, device: 400, accessTokens: [false, false], refresh: 400 };

interface EndedJson {
  dry_run: boolean;
  sessions?: unknown[];
  families: { family: string; client_id: string; person_id: string }[];
  authorization_codes: number;
  device_approvals: number;
  tokens?: number;
}

const countEnded = ({ sessions, families, authorization_codes: codes, device_approvals: devices }: EndedJson) => ({
  ...(sessions === undefined ? {} : { sessions: sessions.length }),
  ...{ families: families.length, codes, devices },
});

async function listAudited(object: string): Promise<string[]> {
  return polymint.database.build((knex) => knex("audit_changes").where({ object }).pluck<string[]>("command"));
}

describe("a person's logins and tokens", () => {
  it("end with the password, those included that were on their way", async () => {
    const person = await makeOwnPerson(polymint);
    const logins = await makeLogins(person);
    const changed = await commands.json<EndedJson>(["person", "set-password", person.id, "--password-stdin"], {
      input: "quite another one",
    });
    expect(countEnded(changed)).toEqual({ sessions: 4, families: 2, codes: 1, devices: 1 });
    expect(await tryAll(logins)).toEqual(allEnded);
    expect(await listAudited(`person ${person.id}`)).toEqual(["person set-password"]);
  });

  it("stay with --keep-sessions, and the next login needs the new password", async () => {
    const person = await makeOwnPerson(polymint);
    const logins = await makeLogins(person);
    const args = ["person", "set-password", person.id, "--keep-sessions", "--password-stdin"];
    expect(await commands.json(args, { input: "quite another one" })).toEqual({
      person_id: person.id,
      dry_run: false,
      kept_sessions: true,
    });
    expect(await tryAll(logins)).toEqual(allGood);
    const browser = makeBrowser(polymint.url);
    const answer = await browser.submit(await browser.get("/login"), { email: person.email, password: person.password });
    expect(answer.status).toBe(400);
  });

  it("end by sign-out, which lists them with --dry-run and changes nothing then", async () => {
    const person = await makeOwnPerson(polymint);
    const logins = await makeLogins(person);
    const expected = { sessions: 4, families: 2, codes: 1, devices: 1 };
    const dry = await commands.json<EndedJson>(["person", "sign-out", person.id, "--dry-run"]);
    expect([dry.dry_run, countEnded(dry)]).toEqual([true, expected]);
    expect(dry.families.map((family) => family.client_id).sort()).toEqual([app.id, deviceId].sort());
    const text = await commands.run(["person", "sign-out", person.id, "--dry-run"]);
    expect(text.stdout).toMatch(/^Nothing was changed\. .*4 sessions, 2 families of tokens, 1 authorization code, 1 approval of a device/);
    expect(text.stdout).toContain(dry.families[0]?.family);
    expect(await listAudited(`person ${person.id}`)).toEqual([]);
    expect(countEnded(await commands.json(["person", "sign-out", person.id]))).toEqual(expected);
    expect(await tryAll(logins)).toEqual(allEnded);
    expect(countEnded(await commands.json(["person", "sign-out", person.id]))).toEqual({ sessions: 0, families: 0, codes: 0, devices: 0 });
    expect(await listAudited(`person ${person.id}`)).toEqual(["person sign-out"]);
    expect(await tryAll(await makeLogins(person, await registerApp(polymint)))).toEqual(allGood);
  });

  it("are the person's own: another person's stay", async () => {
    const [person, other] = [await makeOwnPerson(polymint), await makeOwnPerson(polymint)];
    const logins = await makeLogins(other);
    await makeLogins(person);
    await commands.json(["person", "sign-out", person.id]);
    await commands.json(["token", "revoke", "--person", person.id]);
    await commands.json(["consent", "revoke", "--person", person.id, "--client", app.id]);
    expect(await tryAll(logins)).toEqual(allGood);
  });

  it("stay valid for applications after a logout in the browser, which ends the session alone", async () => {
    const logins = await makeLogins(await makeOwnPerson(polymint));
    const { browser } = logins;
    await browser.submit(await browser.get("/logout"));
    expect(await tryAll(logins)).toEqual({ ...allGood, session: false });
  });

  it("wait while the person is disabled, but for the sessions", async () => {
    const person = await makeOwnPerson(polymint);
    const { client, tokens } = await makeLogins(person);
    await commands.json(["person", "disable", person.id]);
    expect(await isActive(polymint, app, tokens.access_token)).toBe(false);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(403);
    await commands.json(["person", "enable", person.id]);
    expect(await isActive(polymint, app, tokens.access_token)).toBe(true);
    await expectTokens(client.refresh(tokens.refresh_token));
    expect(await commands.json(["session", "list", "--person", person.id])).toEqual({ sessions: [], next: null });
  });

  it("stay ended when another person gets the id of a deleted one", async () => {
    const person = await makeOwnPerson(polymint);
    const { client, tokens } = await makeLogins(person);
    const [row] = await polymint.database.build((knex) => knex<Record<string, unknown>>("people").where("id", person.id));
    const dry = await commands.json<EndedJson & { consents: object[] }>(["person", "delete", person.id, "--dry-run"]);
    expect([dry.dry_run, countEnded(dry)]).toEqual([true, { sessions: 4, families: 2, codes: 1, devices: 1 }]);
    expect(dry.consents).toMatchObject([{ client_id: app.id, families: 1 }]);
    const { stdout } = await commands.run(["person", "delete", person.id, "--dry-run"]);
    expect(stdout).toMatch(/^Nothing was changed\. The command would end: 4 sessions, .*, 1 consent\.\n\nPERSON_ID/);
    expect(await isActive(polymint, app, tokens.access_token)).toBe(true);
    expect(await commands.json(["person", "delete", person.id, "--yes"])).toEqual({ person_id: person.id, deleted: true });
    expect(await listAudited(`person ${person.id}`)).toEqual(["person delete"]);
    await polymint.database.build((knex) => knex("people").insert(row));
    expect(await isActive(polymint, app, tokens.access_token)).toBe(false);
    await expectRefusal(400, client.refresh(tokens.refresh_token));
  });
});

interface ConsentJson {
  client_id: string;
  scopes: string[];
  families: number;
}

describe("a consent", () => {
  it("is listed with what came of it, and ends the person's tokens at that client when it is revoked", async () => {
    const person = await makeOwnPerson(polymint);
    const other = await registerApp(polymint);
    const [logins, elsewhere] = [await makeLogins(person), await other.tokens({ person })];
    const { consents } = await commands.json<{ consents: ConsentJson[] }>(["person", "consents", person.id]);
    expect(new Map(consents.map((each) => [each.client_id, [[...each.scopes].sort(), each.families]]))).toEqual(
      new Map<unknown, unknown>([
        [app.id, [allScopes.split(" ").sort(), 1]],
        [other.id, [allScopes.split(" ").sort(), 1]],
        [deviceId, [[], 1]],
      ]),
    );
    const { consents: atClient } = await commands.json<{ consents: unknown[] }>(["consent", "list", "--client", other.id]);
    expect(atClient).toEqual(consents.filter((each) => each.client_id === other.id));
    const args = ["consent", "revoke", "--person", person.id, "--client", app.id];
    const expected = { families: 1, codes: 1, devices: 0 };
    expect(countEnded(await commands.json([...args, "--dry-run"]))).toEqual(expected);
    expect(await isActive(polymint, app, logins.tokens.access_token)).toBe(true);
    expect(countEnded(await commands.json(args))).toEqual(expected);
    expect(await tryAll(logins)).toEqual({ ...allGood, code: 400, accessTokens: [false, true], refresh: 400 });
    await expectTokens(other.refresh(elsewhere.refresh_token));
    expect(await listAudited(`consent of person ${person.id} to client ${app.id}`)).toEqual(["consent revoke"]);
    const asked = await logins.browser.get(authorizePath({ clientId: app.id, redirectUri: callback, scope: "openid" }));
    expect(asked.text).toContain('value="approve"');
  });

  it("cannot be revoked without the person and the client", async () => {
    const revoke = (person: string, client: string) => commands.run(["consent", "revoke", "--person", person, "--client", client]);
    const refused = await Promise.all([revoke("100000000000", app.id), revoke(polymint.person.id, "nobody")]);
    expect(refused).toMatchObject([
      { code: 3, stderr: expect.stringContaining("no person 100000000000") as string },
      { code: 3, stderr: expect.stringContaining("no client nobody") as string },
    ]);
  });
});

describe("polymint token revoke", () => {
  const active = (token: string) => isActive(polymint, app, token);
  /** A token of a client itself, which belongs to no family. */
  const askForItself = async ({ authorization }: ScreeningEagleApp): Promise<string> => {
    const asked = request(polymint.url).post("/api/id/v1/auth/token").type("form").set("Authorization", authorization);
    return (await expectTokens(asked.send({ grant_type: "client_credentials", scope: "inspect" }))).access_token;
  };

  it("--family ends one family, and no other of the same person", async () => {
    const person = await makeOwnPerson(polymint);
    const [one, two] = [await app.tokens({ person }), await app.tokens({ person })];
    const jti = (JSON.parse(Buffer.from(one.access_token.split(".")[1] ?? "", "base64url").toString()) as { jti: string }).jti;
    const { family } = await commands.json<{ family: string }>(["token", "show", jti]);
    const revoked = await commands.json<EndedJson>(["token", "revoke", "--family", family]);
    expect(revoked.families).toMatchObject([{ family, person_id: person.id, client_id: app.id }]);
    expect([await active(one.access_token), await active(two.access_token)]).toEqual([false, true]);
    await expectRefusal(400, app.refresh(one.refresh_token));
    await expectTokens(app.refresh(two.refresh_token));
    expect((await commands.json<EndedJson>(["token", "revoke", "--family", family])).families).toEqual([]);
  });

  it("--person ends the tokens and leaves the sessions", async () => {
    const person = await makeOwnPerson(polymint);
    const logins = await makeLogins(person);
    await commands.json(["token", "revoke", "--person", person.id]);
    expect(await tryAll(logins)).toEqual({ ...allEnded, session: true });
  });

  it("--client ends every token of the client, its own and those of people, and none that it gets afterwards", async () => {
    const client = await registerApp(polymint);
    const [own, others, logins] = [
      await askForItself(client),
      await askForItself(app),
      await makeLogins(await makeOwnPerson(polymint), client),
    ];
    const dry = await commands.json<EndedJson>(["token", "revoke", "--client", client.id, "--dry-run"]);
    expect(dry).toMatchObject({ client_id: client.id, dry_run: true, tokens: 2, authorization_codes: 1 });
    expect(await active(own)).toBe(true);
    await commands.json(["token", "revoke", "--client", client.id]);
    expect([await active(own), await active(others)]).toEqual([false, true]);
    expect(await tryAll(logins)).toEqual({ ...allGood, code: 400, accessTokens: [false, true], refresh: 400 });
    expect(await active(await askForItself(client))).toBe(true);
    const list = await commands.json<{ tokens: { state: string }[] }>(["token", "list", "--client", client.id]);
    expect(list.tokens.map(({ state }) => state)).toEqual(["active", "revoked", "revoked"]);
    expect(await listAudited(`tokens of client ${client.id}`)).toEqual(["token revoke"]);
  });

  it("--subject ends every token about the subject", async () => {
    const client = await registerApp(polymint);
    const [own, others] = [await askForItself(client), await askForItself(app)];
    await commands.json(["token", "revoke", "--subject", client.id]);
    expect([await active(own), await active(others)]).toEqual([false, true]);
    const person = await makeOwnPerson(polymint);
    const logins = await makeLogins(person);
    await commands.json(["token", "revoke", "--subject", person.id]);
    expect(await tryAll(logins)).toEqual({ ...allEnded, session: true });
  });

  it("--subject ends what a token about the subject was exchanged for, and no other token of that login", async () => {
    const [about, another] = [identityOf(polymint, 0), identityOf(polymint, 1)];
    const exchange = async (identity: typeof about, bearer: string): Promise<string> => {
      const asked = requestAccessToken(polymint, apiKeyOf(polymint), { identity }).set("Authorization", `Bearer ${bearer}`);
      return ((await expectWeavrResponse(200, asked)).body as { token: string }).token;
    };
    const authToken = await logIn(polymint);
    const first = await exchange(about, authToken);
    const second = await exchange(another, first);
    const third = await exchange(another, second);
    const sibling = await exchange(another, authToken);
    await commands.json(["token", "revoke", "--subject", about.id, "--dry-run"]);
    expect(await Promise.all([first, second, third, sibling].map(active))).toEqual([true, true, true, true]);
    await commands.json(["token", "revoke", "--subject", about.id]);
    expect(await Promise.all([first, second, third, sibling].map(active))).toEqual([false, false, false, true]);
  });

  it("refuses what it cannot understand or find", async () => {
    const refusals: [string[], number, RegExp][] = [
      [[], 2, /name what to revoke/i],
      [["0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d", "--client", "a"], 2, /name what to revoke/i],
      [["--subject", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"], 2, /no token or secret/],
      [["--family", "pmr_x"], 3, /no such family/],
      [["--client", "nobody"], 3, /no client nobody/],
      [["--person", "100000000000"], 3, /no person/],
    ];
    const refused = await Promise.all(refusals.map(([args]) => commands.run(["token", "revoke", ...args])));
    expect(refused).toEqual(refusals.map(([, code, message]) => ({ code, stdout: "", stderr: expect.stringMatching(message) as string })));
  });
});

describe("the tokens of a client", () => {
  it("wait while it is disabled", async () => {
    const client = await registerApp(polymint);
    const { access_token: token } = await client.tokens({ person: await makeOwnPerson(polymint) });
    const introspect = () => isActive(polymint, app, token);
    const userinfo = async () => (await request(polymint.url).get("/userinfo").set("Authorization", `Bearer ${token}`)).status;
    expect([await introspect(), await userinfo()]).toEqual([true, 200]);
    await commands.json(["client", "disable", client.id]);
    await waitFor(async () => !(await introspect()));
    expect([await introspect(), await userinfo()]).toEqual([false, 401]);
    await commands.json(["client", "enable", client.id]);
    await waitFor(introspect);
    expect(await userinfo()).toBe(200);
  });

  it("stay revoked when another client gets the id of a deleted one", async () => {
    const id = `reborn-${Date.now()}`;
    const first = await registerApp(polymint, { id });
    const { access_token: token, refresh_token: refreshToken } = await first.tokens({ person: await makeOwnPerson(polymint) });
    const dry = await commands.json<EndedJson>(["client", "delete", id, "--dry-run"]);
    expect(dry).toMatchObject({ client_id: id, deleted: false, dry_run: true, tokens: 1, consents: 1, identities: 0, users: 0 });
    expect(dry.families).toMatchObject([{ client_id: id }]);
    expect(await isActive(polymint, app, token)).toBe(true);
    await commands.json(["client", "delete", id, "--yes"]);
    const second = await registerApp(polymint, { id });
    await waitFor(async () => (await second.refresh("pmr_unknown")).status === 400);
    await expectRefusal(400, second.refresh(refreshToken));
    expect(await isActive(polymint, app, token)).toBe(false);
    expect(await isActive(polymint, app, (await second.tokens({ person: await makeOwnPerson(polymint) })).access_token)).toBe(true);
  });
});

/** Waits for a running server to follow a change of a client, which takes two seconds at most. */
async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 5_000; !(await condition());) {
    if (Date.now() > until) throw new Error("the server did not follow");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("polymint session list", () => {
  it("shows the sessions that are alive, of one person or of all", async () => {
    const person = await makeOwnPerson(polymint);
    const browser = makeBrowser(polymint.url);
    await walkPages(browser, await browser.get("/login"), person);
    const listed = await commands.json<{ sessions: Record<string, unknown>[] }>(["session", "list", "--person", person.id]);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
    expect(listed.sessions).toEqual([{ person_id: person.id, logged_in_at: time, last_used_at: time, expires_at: time }]);
    const all = await commands.run(["session", "list"]);
    expect(all.stdout).toMatch(/^PERSON_ID +LOGGED IN +LAST USED +ENDS\n/);
    expect(all.stdout).toContain(person.id);
  });
});
