import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wiring } from "../../generated/wiring";
import { openResources, type Resources } from "../../src/process/resources";
import { readConfig } from "../../src/config";
import { makePolymint, removeWithDatabase } from "./command";

jest.setTimeout(90_000);

interface Keys {
  keys: { kid: string; algorithm: string; state: string; withdrawn_at: string | null }[];
  warnings?: string[];
}

const root = realpathSync(mkdtempSync(join(tmpdir(), "polymint-cli-key-")));
chmodSync(root, 0o755);
const data = join(root, "data");
const { run, json } = makePolymint(data);
const base64 = (key: Buffer): string => key.toString("base64");
let backing: Resources;

beforeAll(async () => {
  const config = readConfig(
    { POLYMINT_DATA: data },
    wiring.map(({ name }) => name),
  );
  backing = await openResources(config);
  await json(["key", "rotate", "--alg", "ES256"]);
});
afterAll(async () => {
  await backing.close();
  await removeWithDatabase(root);
});

const standing = async (): Promise<string[]> => (await json<Keys>(["key", "list"])).keys.map(({ state }) => state);

describe("key withdraw", () => {
  it("asks first, and does nothing when nobody is there to answer", async () => {
    const { keys } = await json<Keys>(["key", "list"]);
    const ended = await run(["key", "withdraw", keys[0]?.kid ?? ""]);
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("add --yes to withdraw the key") as string });
    expect(await standing()).toEqual(["active"]);
  });

  it("takes the key out of use, shows what signs in its place, and says so when repeated", async () => {
    const [old] = (await json<Keys>(["key", "list"])).keys;
    const { keys, warnings } = await json<Keys>(["key", "withdraw", old?.kid ?? "", "--yes"]);
    expect(keys.map(({ state }) => state)).toEqual(["withdrawn", "active"]);
    expect(keys[0]).toMatchObject({ kid: old?.kid, withdrawn_at: expect.any(String) as string });
    expect(warnings?.at(-1)).toContain(keys[1]?.kid);
    const again = await run(["key", "withdraw", old?.kid ?? "", "--yes"]);
    expect(again).toMatchObject({ code: 0, stderr: "polymint: It had been withdrawn before; nothing was changed.\n" });
    expect(again.stdout).toMatch(/ withdrawn /);
    expect(await standing()).toEqual(["withdrawn", "active"]);
  });

  it("of a key that is not there ends with 3", async () => {
    const ended = await run(["key", "withdraw", "nobody", "--yes"]);
    expect(ended).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("`polymint key list`") as string });
  });
});

describe("key rotate", () => {
  it("makes no second next key, and says which one waits", async () => {
    const first = await json<Keys>(["key", "rotate"]);
    const second = await json<Keys>(["key", "rotate"]);
    expect(second.keys).toEqual(first.keys);
    expect(second.warnings).toEqual(["A next ES256 key was waiting already; no other was made."]);
  });

  it("with a lead shorter than verifiers may keep the key set is a fault of the configuration", async () => {
    const ended = await run(["key", "rotate"], { env: { KEY_LEAD_SECONDS: "300" } });
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("KEY_LEAD_SECONDS must be a whole number from 301 to") as string,
    });
  });
});

describe("key reencrypt", () => {
  const own = (): string => (JSON.parse(readFileSync(join(data, "secrets.json"), "utf8")) as { masterKey: string }).masterKey;

  it.each([
    ["no new key", [], {}, "POLYMINT_NEW_MASTER_KEY is required"],
    ["one that is none", [], { POLYMINT_NEW_MASTER_KEY: "hunter2" }, "POLYMINT_NEW_MASTER_KEY must be 32 bytes in base64"],
    ["a file that is not there", ["--new-key-file", "/nowhere"], {}, "cannot be read (ENOENT)"],
  ])("with %s ends with 2", async (_what, args, env, said) => {
    const ended = await run(["key", "reencrypt", ...args], { env });
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(said) as string });
    expect(ended.stderr).not.toContain("hunter2");
  });

  it("with a wrong old key, or the old one as the new one, changes nothing", async () => {
    const wrong = { POLYMINT_MASTER_KEY: base64(randomBytes(32)), POLYMINT_NEW_MASTER_KEY: base64(randomBytes(32)) };
    const [foreign, same] = await Promise.all([
      run(["key", "reencrypt"], { env: wrong }),
      run(["key", "reencrypt"], { env: { POLYMINT_NEW_MASTER_KEY: own() } }),
    ]);
    expect(foreign).toMatchObject({ code: 2, stderr: expect.stringContaining("which must be the old one; nothing was changed") as string });
    expect(same).toMatchObject({ code: 2, stderr: expect.stringContaining("The new master key is the one in use") as string });
    expect(foreign.stderr).not.toContain(wrong.POLYMINT_MASTER_KEY);
    expect(await standing()).toEqual(["withdrawn", "active", "next"]);
    await json(["key", "rotate"]);
  });

  it("keeps the new key where the old one was kept, or leaves that to who gave the old one", async () => {
    const [before, first, second] = [own(), base64(randomBytes(32)), base64(randomBytes(32))];
    expect(await json(["key", "reencrypt"], { env: { POLYMINT_NEW_MASTER_KEY: first } })).toMatchObject({
      reencrypted: 3,
      already_reencrypted: 0,
    });
    expect(own()).toBe(first);
    expect(await run(["key", "rotate"], { env: { POLYMINT_MASTER_KEY: before } })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("`polymint key reencrypt` has put another in its place") as string,
    });
    await json(["key", "rotate"]);
    await json(["key", "rotate", "--now"], { env: { POLYMINT_MASTER_KEY: before, POLYMINT_NEW_MASTER_KEY: first } });

    const fromInput = await run(["key", "reencrypt", "--new-key-file", "-"], { input: `${second}\n`, env: { POLYMINT_MASTER_KEY: first } });
    expect(fromInput).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^polymint: Servers that have both master keys work on\. /) as string,
    });
    expect(fromInput.stdout).toBe("4 keys are sealed under the new master key. Set POLYMINT_MASTER_KEY to it everywhere from now on.\n");
    expect(own()).toBe(first);
    writeFileSync(join(root, "key"), `${first}\n`);
    await json(["key", "reencrypt", "--new-key-file", join(root, "key")], { env: { POLYMINT_MASTER_KEY: second } });
    await json(["key", "rotate"]);
  });
});
