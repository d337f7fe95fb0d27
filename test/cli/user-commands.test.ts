import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Response } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makeCertificate } from "../../src/testkit/certificate";
import { databaseUrlOf } from "../harness/installed-server";
import { type Chain, makeChain } from "../harness/login-chain";
import { apiKeyOf, expectWeavrResponse, programmeOf, requestAccessToken } from "../harness/weavr-requests";
import { makePolymint } from "./command";

jest.setTimeout(120_000);

const root = realpathSync(mkdtempSync(join(tmpdir(), "polymint-cli-users-")));
const polymint = makePolymint(join(root, "data"));
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;

let server: TestPolymint;
let env: Record<string, string>;
let chain: Chain;

/** A server, and the commands beside it on the same database. */
beforeAll(async () => {
  let connection: Record<string, unknown> = {};
  server = await startPolymint({ clock: "real", connectThrough: (parameters) => (connection = parameters) });
  env = {
    DATABASE_URL: databaseUrlOf({ connection, drop: () => Promise.resolve() }),
    POLYMINT_PEPPER: server.pepper.toString("base64"),
    POLYMINT_MASTER_KEY: server.masterKey.toString("base64"),
  };
});
beforeEach(async () => {
  chain = await makeChain(server);
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

const run = (args: string[], input = "") => polymint.run(args, { env, input });
const json = <T = Record<string, unknown>>(args: string[], input = "") => polymint.json<T>(args, { env, input });
const listAudited = (): Promise<unknown[]> =>
  server.database.build((knex) => knex("audit_changes").where("object", `user ${chain.user.id}`).orderBy("id").pluck<string[]>("command"));

/** Everything that the user has: an auth token, two access tokens of one login, and a one-time token that was made but not used. */
async function holdEverything() {
  const authToken = await chain.logIn();
  const first = await chain.exchange(authToken);
  const second = await chain.exchange(first);
  // The list is sorted by seconds.
  server.clock.advance(1);
  const facts = { userId: chain.user.id, identityId: chain.user.identity.id };
  const spent = await redeem(await server.createOneTimeToken(facts));
  return {
    authToken,
    accessTokens: [first, second, (spent.body as { token: string }).token],
    unspent: await server.createOneTimeToken(facts),
  };
}

const redeem = (token: string): PromiseLike<Response> =>
  requestAccessToken(server, apiKeyOf(server), { identity: chain.user.identity, token });

type Held = Awaited<ReturnType<typeof holdEverything>>;

async function expectAllActive({ authToken, accessTokens }: Held): Promise<void> {
  for (const token of accessTokens) expect(await chain.introspect(token)).toMatchObject({ active: true });
  await chain.exchange(authToken);
}

async function expectAllEnded({ authToken, accessTokens, unspent }: Held): Promise<void> {
  for (const token of accessTokens) expect(await chain.introspect(token)).toEqual({ active: false });
  for (const token of [authToken, ...accessTokens]) await chain.refuseExchange(token);
  expect((await redeem(unspent)).status).toBe(401);
}

/** What `holdEverything` leaves, as the commands list it. */
const login = { family: uuid, logged_in_at: isoTime, ends_at: isoTime };
const everything = {
  logins: [
    { ...login, auth_tokens: 1, access_tokens: 2 },
    { ...login, auth_tokens: 0, access_tokens: 1 },
  ],
  one_time_tokens: 1,
};

describe("polymint user sign-out", () => {
  it("lists first what it would end, then ends it, and nothing of another user", async () => {
    const { id } = chain.user;
    const held = await holdEverything();
    const other = await makeChain(server);
    const theirs = await other.exchange(await other.logIn());
    expect(await json(["user", "sign-out", id, "--dry-run"])).toEqual({ user_id: id, dry_run: true, ...everything });
    expect(await listAudited()).toEqual([]);
    await expectAllActive(held);

    // Exchanged once more in between.
    const logins = [{ ...everything.logins[0], access_tokens: 3 }, everything.logins[1]];
    expect(await json(["user", "sign-out", id])).toEqual({ user_id: id, dry_run: false, ...everything, logins });
    await expectAllEnded(held);
    await chain.exchange(await chain.logIn());
    expect(await other.introspect(theirs)).toMatchObject({ active: true });
    expect(await listAudited()).toEqual(["user sign-out"]);
  });

  it("ends the tokens of servers that know no families of users", async () => {
    const { id } = chain.user;
    const authToken = await chain.logIn();
    await server.database.build((knex) => knex("auth_tokens").where("user_id", id).update({ family: null }));
    const token = await chain.exchange(authToken);
    const listed = { family: null, logged_in_at: null, ends_at: null, auth_tokens: 1, access_tokens: 1 };
    expect(await json(["user", "sign-out", id])).toEqual({ user_id: id, dry_run: false, logins: [listed], one_time_tokens: 0 });
    expect(await chain.introspect(token)).toEqual({ active: false });
    await chain.refuseExchange(authToken);
  });

  it("changes nothing if there is nothing to end, or no such user", async () => {
    const { id } = chain.user;
    const [ended, unknown, listed] = await Promise.all([
      run(["user", "sign-out", id]),
      run(["user", "sign-out", "1"]),
      run(["user", "sign-out", "1", "--dry-run"]),
    ]);
    expect(ended.stdout).toMatch(new RegExp(`^User ${id} is signed out. Ended: 0 logins, 0 access tokens, 0 one-time tokens\\.\n`));
    expect([unknown.code, listed.code]).toEqual([3, 3]);
    expect(await listAudited()).toEqual([]);
  });
});

describe("polymint user disable and user enable", () => {
  it("end all the user has, keep the user out, and let the user log in again without bringing anything back", async () => {
    const { id } = chain.user;
    const held = await holdEverything();
    const dryRun = await run(["user", "disable", id, "--dry-run"]);
    expect(dryRun.stdout).toContain("Nothing was changed. The command would end: 2 logins, 3 access tokens, 1 one-time token.\n\nFAMILY");
    expect(dryRun.stdout.trim().split("\n")).toHaveLength(5);
    await expectAllActive(held);
    expect(await json(["user", "disable", id])).toMatchObject({ user_id: id, dry_run: false, status: "disabled" });
    await chain.requestLogin().expect(403);
    await chain.requestLogin("not the password").expect(401);
    await expectAllEnded(held);
    expect(await json(["user", "enable", id])).toEqual({ user_id: id, status: "active" });
    await expectAllEnded(held);
    await chain.exchange(await chain.logIn());
    expect(await listAudited()).toEqual(["user disable", "user enable"]);
  });
});

describe("polymint user set-password", () => {
  const args = () => ["user", "set-password", chain.user.id, "--password-stdin"];

  it("ends all the user has, and the old password", async () => {
    const { id } = chain.user;
    const held = await holdEverything();
    const dryRun = await json([...args(), "--dry-run"], "another horse");
    expect(dryRun).toEqual({ user_id: id, dry_run: true, kept_sessions: false, ...everything });
    await expectAllActive(held);
    await json(args(), "another horse");
    await expectAllEnded(held);
    await chain.requestLogin().expect(401);
    await chain.exchange(await chain.logIn("another horse"));
    expect(await listAudited()).toEqual(["user set-password"]);
  });

  it("ends nothing but the old password with --keep-sessions", async () => {
    const { id } = chain.user;
    const held = await holdEverything();
    const kept = await json([...args(), "--keep-sessions"], "another horse");
    expect(kept).toEqual({ user_id: id, dry_run: false, kept_sessions: true, logins: [], one_time_tokens: 0 });
    await expectAllActive(held);
    await chain.requestLogin().expect(401);
    await chain.logIn("another horse");
  });

  it("refuses a password that is too short", async () => {
    expect(await run(args(), "short")).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("polymint identity disable and identity enable", () => {
  it("end and bring back what an identity can get, and what its tokens are worth", async () => {
    const { id, type } = chain.user.identity;
    const held = await holdEverything();
    expect(await json(["identity", "disable", id])).toEqual({ identity_id: id, status: "deactivated" });
    const [shown, listed, users] = await Promise.all([
      json(["identity", "show", id]),
      json<{ identities: object[] }>(["identity", "list", "--programme", programmeOf(server), "--status", "deactivated"]),
      json(["user", "list", "--programme", programmeOf(server), "--identity", id]),
    ]);
    const facts = { identity_id: id, programme_id: programmeOf(server), type, status: "deactivated", created_at: isoTime };
    expect(shown).toEqual({ ...facts, users: 1 });
    expect(listed.identities).toEqual([facts]);
    expect(users).toMatchObject({ users: [{ user_id: chain.user.id, status: "active", identity_ids: [id] }], next: null });
    for (const token of held.accessTokens) expect(await chain.introspect(token)).toEqual({ active: false });
    await expectWeavrResponse(
      403,
      requestAccessToken(server, apiKeyOf(server), { identity: chain.user.identity }).auth(held.authToken, { type: "bearer" }),
    );
    await expectWeavrResponse(403, redeem(held.unspent) as Promise<Response>);

    // What the command was called before.
    expect(await json(["identity", "activate", id])).toEqual({ identity_id: id, status: "active" });
    await expectAllActive(held);
    const audited = server.database.build((knex) =>
      knex("audit_changes").where("object", `identity ${id}`).orderBy("id").pluck<string[]>("command"),
    );
    expect(await audited).toEqual(["identity disable", "identity enable"]);
  });
});

describe("polymint status", () => {
  it("finds a server at its issuer and the database at its URL, and shows no password", async () => {
    const [given, name] = [env.DATABASE_URL ?? "", /\/(\w+)\?/.exec(env.DATABASE_URL ?? "")?.[1] ?? ""];
    const settings = { ...env, DATABASE_URL: given.replace("@", ":not-to-be-shown@"), ISSUER: server.url };
    const ended = await polymint.run(["status"], { env: { ...settings, PORT: "1" } });
    expect(ended.stdout).toMatch(/^server +http:\/\/127\.0\.0\.1:1 does not answer\nissuer +http:\S+ is ready\nsandbox +off\n/m);
    expect(ended.stdout).toMatch(new RegExp(`^database +${name} at \\S+, running$`, "m"));
    expect(ended.stdout).toMatch(/^key ES256 +\S+ signs; no rotation is due$/m);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const gone = await polymint.run(["status"], {
      env: { ...env, DATABASE_URL: "postgres://ada:secret-word@127.0.0.1:1/gone", PORT: "1" },
    });
    expect(gone.code).toBe(5);
    expect(gone.stdout).toMatch(/^database +gone at 127\.0\.0\.1:1, unreachable$/m);
    expect(gone.stderr).toMatch(/ECONNREFUSED.* Make sure that it runs/);
    expect(ended.stdout + gone.stdout + gone.stderr).not.toMatch(/not-to-be-shown|secret-word/);
  });
});

describe("polymint delegated-client assertion", () => {
  it("lets a delegated client act for an identity once, and programme show counts the client", async () => {
    const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const [key, certificate] = [join(root, "delegate.key.pem"), join(root, "delegate.crt.pem")];
    writeFileSync(key, keys.privateKey.export({ format: "pem", type: "pkcs8" }));
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    writeFileSync(certificate, await makeCertificate({ ...keys, commonName: "delegate", ...validity }));
    const programme = programmeOf(server);
    await json(["programme", "delegation", programme, "--on"]);
    await json(["delegated-client", "create", "--programme", programme, "--id", "acme-delegate", "--certificate", certificate]);
    const [shown, programmes] = await Promise.all([json(["programme", "show", programme]), run(["programme", "list"])]);
    expect(shown).toMatchObject({ programme_id: programme, status: "active", delegation: true, delegated_clients: 1 });
    expect(programmes.stdout).toMatch(/^PROGRAMME_ID +NAME +STATUS +CONTRACTS +DELEGATION +CREATED\n/);
    expect(await json(["delegated-client", "show", "acme-delegate"])).toMatchObject({ programme_id: programme, status: "active" });
    const { stdout: listed } = await run(["client", "delete", programme, "--dry-run"]);
    expect(listed).toMatch(/^Nothing was changed\. .* 0 consents, \d+ identities, \d+ users, 1 delegated client\.\n/);

    const { identity } = chain.user;
    const args = ["delegated-client", "assertion", "acme-delegate", "--key", key, "--identity", identity.id];
    // Needs no database, and no settings either.
    const { stdout } = await polymint.run(args, { env: { DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" } });
    const ask = () => requestAccessToken(server, apiKeyOf(server), { identity, clientAssertion: stdout.trim() });
    const { body } = await expectWeavrResponse(200, ask());
    expect(body).toMatchObject({ identity, credentials: { type: "API_CLIENT", id: "acme-delegate" } });
    await expectWeavrResponse(401, ask());
    expect(await polymint.run([...args, "--lifetime", "301"])).toMatchObject({ code: 2, stdout: "" });
  });
});
