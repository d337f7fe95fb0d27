import { chmodSync, mkdtempSync, realpathSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { wiring } from "../../generated/wiring";
import { openResources, type Resources } from "../../src/process/resources";
import { readConfig } from "../../src/config";
import { makePolymint, removeDataFolder } from "../cli/command";

jest.setTimeout(90_000);

const root = realpathSync(mkdtempSync(join(tmpdir(), "polymint-audit-")));
chmodSync(root, 0o755);
const { run, json } = makePolymint(join(root, "data"));
let backing: Resources;

interface ChangeJson {
  kind: string;
  at: string;
  os_user: string;
  host: string;
  command: string;
  object: string;
}

const password = "hunter2-as-a-password";

/** Holds the embedded database that the commands work beside. */
beforeAll(async () => {
  const contracts = wiring.map(({ name }) => name);
  backing = await openResources(readConfig({ POLYMINT_DATA: join(root, "data") }, contracts));
  expect((await run(["migrate"])).code).toBe(0);
});
afterAll(async () => {
  await backing.close();
  await removeDataFolder(root);
});

const listEntries = async (...args: string[]): Promise<ChangeJson[]> =>
  (await json<{ entries: ChangeJson[] }>(["audit", "list", ...args])).entries;

describe("the audit of changes", () => {
  it("has a line, with the user and the host, for every command that changed something and for no other", async () => {
    const [client, programme, { keys }] = await Promise.all([
      json<{ client_secret: string }>(["client", "create", "--contract", "abbeycross", "--id", "acme", "--name", "Acme & Sons"]),
      json<{ api_key: string }>(["programme", "create", "--id", "payroll"]),
      json<{ keys: { kid: string }[] }>(["key", "rotate", "--alg", "ES256"]),
    ]);
    const [rotated, { identity_id: identity }] = await Promise.all([
      json<{ client_secret: string }>(["client", "rotate-secret", "acme"]),
      json<{ identity_id: string }>(["identity", "create", "--programme", "payroll", "--type", "CORPORATE"]),
    ]);
    const userArgs = ["--programme", "payroll", "--email", "ada@example.net", "--identity", identity, "--role", "ROOT", "--password-stdin"];
    const [{ user_id: user }] = await Promise.all([
      json<{ user_id: string }>(["user", "create", ...userArgs], { input: password }),
      json(["client", "disable", "acme"]),
    ]);
    const whose = ["--programme", "payroll", "--user", user, "--identity", identity];
    const [{ one_time_token: oneTime }] = await Promise.all([
      json<{ one_time_token: string }>(["one-time-token", "create", ...whose]),
      json(["client", "delete", "acme", "--yes"]),
      // These change nothing: the first only reads, the others fail.
      ...[
        ["client", "list"],
        ["client", "enable", "nobody"],
        ["token", "revoke", rotated.client_secret],
      ].map((args) => run(args)),
    ]);

    const found = await listEntries("--kind", "change");
    expect(found.map(({ command, object }) => `${command}: ${object}`).sort()).toEqual([
      "client create: client acme",
      "client delete: client acme",
      "client disable: client acme",
      "client rotate-secret: client acme",
      `identity create: identity ${identity} of programme payroll`,
      `key rotate: key ${keys[0]?.kid ?? ""}`,
      expect.stringMatching(/^migrate: 0001_clients\.js .* 0011_audit\.js/),
      `one-time-token create: user ${user} of programme payroll, identity ${identity}`,
      "programme create: programme payroll",
      `user create: user ${user} of programme payroll`,
    ]);
    for (const entry of found) {
      expect(entry).toMatchObject({ kind: "change", os_user: userInfo().username, host: hostname() });
      expect(Math.abs(Date.parse(entry.at) - Date.now())).toBeLessThan(600_000);
    }
    expect(found.map(({ at }) => at)).toEqual(
      found
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
    const tables = await backing.database.build(async (knex) => [await knex("audit_changes"), await knex("audit_refusals")]);
    const secrets = [password, client.client_secret, rotated.client_secret, programme.api_key, oneTime];
    for (const value of [...secrets, "ada@example.net", "Acme & Sons"]) expect(JSON.stringify(tables)).not.toContain(value);
  });

  it("prevents a change whose line cannot be written", async () => {
    await backing.database.build((knex) => knex.schema.renameTable("audit_changes", "audit_elsewhere"));
    const refused = await Promise.all([
      run(["client", "create", "--contract", "abbeycross", "--id", "unseen"]),
      run(["programme", "delegation", "payroll", "--on"]),
      run(["key", "rotate", "--alg", "RS256"]),
    ]);
    await backing.database.build((knex) => knex.schema.renameTable("audit_elsewhere", "audit_changes"));
    expect(refused.map(({ code }) => code)).toEqual([1, 1, 1]);
    const left = await backing.database.build(async (knex) => ({
      clients: await knex("clients").where("id", "unseen").pluck<string[]>("id"),
      delegation: await knex("programmes").where("client_id", "payroll").pluck<boolean[]>("delegation_enabled"),
      keys: await knex("signing_keys").where("algorithm", "RS256").pluck<string[]>("kid"),
    }));
    expect(left).toEqual({ clients: [], delegation: [false], keys: [] });
  });
});

describe("polymint audit list", () => {
  it("shows changes and refusals, newest first, since a time or for a duration", async () => {
    const refusal = { client_id: null, network: "203.0.113.0/24", correlation_id: "some-id", times: 7 };
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
    await backing.database.build((knex) =>
      knex("audit_refusals").insert([
        { ...refusal, dialect: "weavr", at: ago(7_200), code: "invalid_client" },
        { ...refusal, dialect: "weavr", at: ago(-60), code: "invalid_grant" },
      ]),
    );
    const [all, lately, since, table, none] = await Promise.all([
      listEntries(),
      listEntries("--since", "1h", "--kind", "refusal"),
      listEntries("--since", ago(86_400).toISOString(), "--kind", "refusal", "--limit", "1"),
      run(["audit", "list", "--kind", "refusal"]),
      run(["audit", "list", "--since", "2999-01-01"]),
    ]);
    expect(all[0]).toMatchObject({ kind: "refusal", code: "invalid_grant", contract: "weavr", ...refusal });
    expect(all.at(-1)).toMatchObject({ code: "invalid_client" });
    expect(all.filter(({ kind }) => kind === "change").length).toBeGreaterThan(5);
    expect(lately).toEqual([expect.objectContaining({ code: "invalid_grant" })]);
    expect(since).toEqual(lately);
    expect(table.stdout).toMatch(
      /^TIME +KIND +WHAT +OBJECT +BY +FROM +TIMES +CORRELATION\n\S+ +refusal +invalid_grant +weavr +- +203\.0\.113\.0\/24 +7 +some-id\n/,
    );
    expect(none).toMatchObject({ code: 0, stdout: "There are no such entries.\n" });
  });

  it("refuses times and kinds that do not exist", async () => {
    const wrong = [
      ["--since", "yesterday"],
      ["--since", "2026-13-01"],
      ["--kind", "secret"],
    ];
    const ended = await Promise.all(wrong.map((args) => run(["audit", "list", ...args])));
    expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual(wrong.map(() => [2, ""]));
  });
});
