import { randomBytes } from "node:crypto";
import type { Resources } from "../../src/process/resources";
import { makeCodeChallenge } from "../../src/engine/pkce";
import { isPassword } from "../../src/secrets/password";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeAuthorizationCodes } from "../../src/store/people/authorization-codes";
import { makePeople, type PeopleStore } from "../../src/store/people/people";
import type { CommandResult } from "./command";
import { openOwnCommands, type OwnCommands } from "./own-commands";

jest.setTimeout(90_000);

const password = "correct horse battery staple";
let commands: OwnCommands;
let run: OwnCommands["run"];
let json: OwnCommands["json"];
let backing: Resources;
let people: PeopleStore;

beforeAll(async () => {
  commands = await openOwnCommands();
  ({ run, json, backing } = commands);
  people = makePeople(backing.database);
});

afterAll(() => commands.close());

function readError({ stderr }: CommandResult): { code: string; message: string } {
  return (JSON.parse(stderr) as { error: { code: string; message: string } }).error;
}

function makeCreateArgs(email: string, ...more: string[]): string[] {
  return ["person", "create", "--email", email, "--first-name", "Ada", "--last-name", "Lovelace", "--password-stdin", ...more];
}

async function createPerson(email: string): Promise<string> {
  const { person_id: id } = await json<{ person_id: string }>(makeCreateArgs(email), { input: password });
  await backing.database.build((knex) =>
    knex("sessions").insert({
      digest: randomBytes(32),
      person_id: id,
      auth_time: new Date(),
      last_used_at: new Date(),
      expires_at: new Date(Date.now() + 3_600_000),
    }),
  );
  expect(await countSessions(id)).toBe(1);
  return id;
}

async function countSessions(id: string): Promise<number> {
  return (await backing.database.build((knex) => knex("sessions").where("person_id", id))).length;
}

describe("polymint person create", () => {
  it("stores all given facts, the address in lower case and the password as a hash", async () => {
    const facts = ["--country-code", "GB", "--picture", "https://example.net/a.png", "--region", "EU", "--role", "user", "--role", "chief"];
    const shown = await json(makeCreateArgs("Ada@Example.net", ...facts, "--email-verified"), { input: `${password}\n` });
    expect(shown).toEqual({
      person_id: expect.stringMatching(/^[1-9]\d{11}$/) as string,
      email: "ada@example.net",
      email_verified: true,
      first_name: "Ada",
      last_name: "Lovelace",
      country_code: "GB",
      picture: "https://example.net/a.png",
      region: "EU",
      roles: ["user", "chief"],
      status: "active",
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    });
    const login = await people.byEmail("ADA@example.net");
    expect(login?.person.id).toBe(shown.person_id);
    expect(await isPassword(password, login?.passwordHash)).toBe(true);
  });

  it("makes an id that no client can take, by itself or as a claim", async () => {
    const { person_id: id } = await json<{ person_id: string }>(makeCreateArgs("own-id@example.net"), { input: password });
    const create = (...args: string[]) => run(["client", "create", "--contract", "screening-eagle", "--scope", "inspect", ...args]);
    const [byId, byClaim, byRoles] = await Promise.all([
      create("--id", id),
      create("--claim", `userID=${id}`),
      create("--claim", 'scopes=["admin"]'),
    ]);
    const conflict = { code: 4, stdout: "", stderr: expect.stringContaining(`${id} is the id of a person`) as string };
    expect([byId, byClaim]).toEqual([conflict, conflict]);
    expect(byRoles).toMatchObject({ code: 2, stderr: expect.stringContaining("the claim scopes is reserved for persons") as string });
    expect(await backing.database.build((knex) => knex("clients").select("id"))).toEqual([]);
  });

  it("prints the id, and stores defaults for facts that are not given", async () => {
    const { code, stdout, stderr } = await run(makeCreateArgs("plain@example.net"), { input: password });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [, id] = /^person_id {2}(\d{12})\n$/.exec(stdout) ?? [];
    expect(await people.findById(String(id))).toMatchObject({
      emailVerified: false,
      countryCode: null,
      picture: null,
      region: null,
      roles: ["user"],
    });
  });

  it("refuses an address that is taken, in upper or lower case", async () => {
    await json(makeCreateArgs("taken@example.net"), { input: password });
    const again = await run([...makeCreateArgs("TAKEN@example.net"), "--json"], { input: password });
    expect(again.code).toBe(4);
    expect(readError(again)).toEqual({ code: "conflict", message: "There is a person taken@example.net already. Choose another --email." });
  });

  it.each([
    ["an address", makeCreateArgs("nobody")],
    ["a country", makeCreateArgs("x@example.net", "--country-code", "gb")],
    ["a picture", makeCreateArgs("x@example.net", "--picture", "javascript:alert(1)")],
    ["a region", makeCreateArgs("x@example.net", "--region", "E U")],
    ["a role", makeCreateArgs("x@example.net", "--role", "two words")],
    ["a name", ["person", "create", "--email", "x@example.net", "--first-name", " ", "--last-name", "L", "--password-stdin"]],
    ["a missing name", ["person", "create", "--email", "x@example.net", "--first-name", "A", "--password-stdin"]],
  ])("refuses %s that is invalid", async (_what, args) => {
    const refused = await run([...args, "--json"], { input: password });
    expect(refused.code).toBe(2);
    expect(readError(refused).code).toBe("usage");
    expect(await people.byEmail("x@example.net")).toBeUndefined();
  });

  it("refuses a password that is too short", async () => {
    const refused = await run([...makeCreateArgs("short@example.net"), "--json"], { input: "elevenchars" });
    expect(refused.code).toBe(2);
    expect(readError(refused).message).toMatch(/12 to 128 characters/);
  });
});

describe("a password that is easy to guess", () => {
  const easy = ["password", "password1", "password1234", "PasswordPassword", "Qwerty-123456!", "joan@example.net", "Ada-Lovelace-1815"];

  it("is refused for a new person, who is not made", async () => {
    const refused = await Promise.all(easy.map((input) => run([...makeCreateArgs("joan@example.net"), "--json"], { input })));
    for (const each of refused) expect([each.code, each.stdout, readError(each).code]).toEqual([2, "", "unfit_password"]);
    expect(readError(refused[2] as CommandResult).message).toMatch(/^This password is easy to guess: .*Choose another, such as four words/);
    expect(await people.byEmail("joan@example.net")).toBeUndefined();
  });

  it("is refused for a person who has another one, which stays, as the sessions do", async () => {
    const id = await createPerson("kept@example.net");
    const set = ["person", "set-password", id, "--password-stdin", "--json"];
    const refused = await Promise.all(["password1234", "kept@example.net", "Lovelace!!!!"].map((input) => run(set, { input })));
    for (const each of refused) expect([each.code, readError(each).code]).toEqual([2, "unfit_password"]);
    expect(await isPassword(password, (await people.byEmail("kept@example.net"))?.passwordHash)).toBe(true);
    expect(await countSessions(id)).toBe(1);
  });

  it("is refused for a user of a programme, who is not made", async () => {
    await json(["programme", "create", "--id", "payments-of-mill"]);
    const { identity_id } = await json<Record<string, string>>([
      "identity",
      "create",
      "--programme",
      "payments-of-mill",
      "--type",
      "CONSUMER",
    ]);
    const create = ["user", "create", "--programme", "payments-of-mill", "--email", "joan@mill.example.net", "--role", "ROOT"];
    const args = [...create, "--identity", identity_id ?? "", "--password-stdin", "--json"];
    const passwords = ["password", "password1", "password1234", "joan@mill.example.net", "PaymentsOfMill1"];
    const refused = await Promise.all(passwords.map((input) => run(args, { input })));
    for (const each of refused) expect([each.code, each.stdout, readError(each).code]).toEqual([2, "", "unfit_password"]);
    expect(await json(["user", "list", "--programme", "payments-of-mill"])).toEqual({ users: [], next: null });
  });
});

describe("polymint person list and show", () => {
  it("show people, and never passwords", async () => {
    const id = await createPerson("listed@example.net");
    await json(["person", "disable", id]);
    const [shown, text, list, listText] = await Promise.all([
      json(["person", "show", id]),
      run(["person", "show", id]),
      json<{ people: unknown[] }>(["person", "list", "--status", "disabled"]),
      run(["person", "list"]),
    ]);
    expect(list.people).toContainEqual(shown);
    expect(text.stdout).toMatch(new RegExp(`^person_id {7}${id}\\nemail {11}listed@example\\.net\\n`));
    expect(listText.stdout).toMatch(new RegExp(`^PERSON_ID .*\\n[\\s\\S]*${id} {2}listed@example\\.net {2}.*Ada Lovelace {2}disabled`));
    for (const said of [JSON.stringify(shown), text.stdout, listText.stdout]) expect(said).not.toMatch(/argon2|password/);
  });
});

describe("a person's sessions", () => {
  it("end when the person is disabled, who can log in again when enabled", async () => {
    const id = await createPerson("disabled@example.net");
    expect(await run(["person", "disable", id])).toEqual({ code: 0, stdout: `Person ${id} is disabled.\n`, stderr: "" });
    expect(await countSessions(id)).toBe(0);
    expect(await people.findById(id)).toMatchObject({ status: "disabled" });
    expect(await json(["person", "enable", id])).toEqual({ person_id: id, status: "active" });
    expect(await people.findById(id)).toMatchObject({ status: "active" });
  });

  it("end when the password is changed", async () => {
    const id = await createPerson("changed@example.net");
    await json(["person", "set-password", id, "--password-stdin"], { input: "another password" });
    expect(await countSessions(id)).toBe(0);
    const hash = (await people.byEmail("changed@example.net"))?.passwordHash;
    expect([await isPassword(password, hash), await isPassword("another password", hash)]).toEqual([false, true]);
  });

  it("end when the person is deleted, which must be confirmed", async () => {
    const id = await createPerson("deleted@example.net");
    const unmeant = await run(["person", "delete", id, "--json"]);
    expect(unmeant.code).toBe(2);
    expect(readError(unmeant).message).toMatch(/add --yes to delete the person/);
    expect(await countSessions(id)).toBe(1);
    expect(await json(["person", "delete", id, "--yes"])).toEqual({ person_id: id, deleted: true });
    expect([await countSessions(id), await people.findById(id)]).toEqual([0, undefined]);
  });
});

it.each([
  ["show", []],
  ["disable", []],
  ["enable", []],
  ["delete", ["--yes"]],
  ["set-password", ["--password-stdin"]],
])("polymint person %s exits with 3 for an unknown person", async (command, more) => {
  const refused = await run(["person", command, "100000000000", ...more, "--json"], { input: password });
  expect(refused.code).toBe(3);
  expect(readError(refused)).toEqual({
    code: "not_found",
    message: "There is no person 100000000000. `polymint person list` shows which there are.",
  });
});

describe("polymint authorization-code create", () => {
  const codeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const redirectUri = "https://app.example.net/callback";
  const email = "codes@example.net";
  const client = ["client", "create", "--id", "code-app", "--contract", "screening-eagle", "--redirect-uri", redirectUri];
  const makeArgs = (changed: Readonly<Record<string, string>> = {}): string[] => {
    const usual = { "client-id": "code-app", person: email, "redirect-uri": redirectUri, scope: "openid", "code-verifier": codeVerifier };
    return ["authorization-code", "create", ...Object.entries({ ...usual, ...changed }).flatMap(([name, value]) => [`--${name}`, value])];
  };
  let personId: string;

  beforeAll(async () => {
    [{ person_id: personId }] = await Promise.all([
      json<{ person_id: string }>(makeCreateArgs(email), { input: password }),
      json([...client, "--scope", "openid email"]),
    ]);
  });

  it("makes a code that the client can redeem, ends the session, and is audited", async () => {
    const { code, expires_at: expiresAt } = await json<{ code: string; expires_at: string }>(makeArgs());
    const found = await makeAuthorizationCodes(backing.database).find(makeSecretDigest(backing.pepper)(code));
    expect(found).toMatchObject({
      ...{ redirectUri, spent: false, expiresAt: Date.parse(expiresAt) / 1000, codeChallenge: makeCodeChallenge(codeVerifier) },
      family: { clientId: "code-app", personId, scope: ["openid"] },
    });
    expect(await countSessions(personId)).toBe(0);
    const { entries } = await json<{ entries: { command: string; object: string }[] }>(["audit", "list", "--limit", "1"]);
    expect(entries).toMatchObject([{ command: "authorization-code create", object: `code of client code-app for person ${personId}` }]);
  });

  it.each([
    [{ "client-id": "nobody" }, 3, "There is no client nobody. `polymint client list` shows which there are."],
    [{ person: "nobody@example.net" }, 3, "There is no person nobody@example.net. `polymint person list` shows which there are."],
    [{ "redirect-uri": "https://elsewhere.example" }, 2, "has not registered; `polymint client show` says what it is registered for."],
    [{ scope: "email profile" }, 2, "invalid_scope: The client is not registered for a scope that it asked for."],
    [{ "code-verifier": "short" }, 2, "It has 43 to 128 letters, digits, and - . _ ~ (RFC 7636 §4.1)."],
  ])("refuses %j as the authorization endpoint does", async (changed, exit, message) => {
    const ended = await run([...makeArgs(changed), "--json"]);
    expect(readError(ended).message).toContain(message);
    expect(ended.code).toBe(exit);
  });
});
