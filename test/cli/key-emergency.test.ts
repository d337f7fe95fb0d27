import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wiring } from "../../generated/wiring";
import { openResources, type Resources } from "../../src/process/resources";
import { readConfig } from "../../src/config";
import { makePolymint, removeDataFolder } from "./command";

jest.setTimeout(90_000);

interface KeysJson {
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
  await removeDataFolder(root);
});

const listStates = async (): Promise<string[]> => (await json<KeysJson>(["key", "list"])).keys.map(({ state }) => state);

describe("polymint key withdraw", () => {
  it("asks first, and changes nothing when there is no terminal", async () => {
    const { keys } = await json<KeysJson>(["key", "list"]);
    const ended = await run(["key", "withdraw", keys[0]?.kid ?? ""]);
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("add --yes to withdraw the key") as string });
    expect(await listStates()).toEqual(["active"]);
  });

  it("takes the key out of use, shows its successor, and says when the key was withdrawn before", async () => {
    const [old] = (await json<KeysJson>(["key", "list"])).keys;
    const { keys, warnings } = await json<KeysJson>(["key", "withdraw", old?.kid ?? "", "--yes"]);
    expect(keys.map(({ state }) => state)).toEqual(["withdrawn", "active"]);
    expect(keys[0]).toMatchObject({ kid: old?.kid, withdrawn_at: expect.any(String) as string });
    expect(warnings?.at(-1)).toContain(keys[1]?.kid);
    const again = await run(["key", "withdraw", old?.kid ?? "", "--yes"]);
    expect(again).toMatchObject({ code: 0, stderr: "polymint: It had been withdrawn before; nothing was changed.\n" });
    expect(again.stdout).toMatch(/ withdrawn /);
    expect(await listStates()).toEqual(["withdrawn", "active"]);
  });

  it("exits with 3 for an unknown key", async () => {
    const ended = await run(["key", "withdraw", "nobody", "--yes"]);
    expect(ended).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("`polymint key list`") as string });
  });
});

describe("polymint key rotate", () => {
  it("makes no second next key, and shows the one that waits", async () => {
    const first = await json<KeysJson>(["key", "rotate"]);
    const second = await json<KeysJson>(["key", "rotate"]);
    expect(second.keys).toEqual(first.keys);
    expect(second.warnings).toEqual(["A next ES256 key was waiting already; no other was made."]);
  });

  it("refuses a lead that is shorter than verifiers may cache the key set", async () => {
    const ended = await run(["key", "rotate"], { env: { KEY_LEAD_SECONDS: "300" } });
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("KEY_LEAD_SECONDS must be a whole number from 301 to") as string,
    });
  });
});

describe("polymint key reencrypt", () => {
  const readMasterKey = (): string => (JSON.parse(readFileSync(join(data, "secrets.json"), "utf8")) as { masterKey: string }).masterKey;

  it.each([
    ["no new key", [], {}, "POLYMINT_NEW_MASTER_KEY is required"],
    ["a malformed new key", [], { POLYMINT_NEW_MASTER_KEY: "hunter2" }, "POLYMINT_NEW_MASTER_KEY must be 32 bytes in base64"],
    ["a missing key file", ["--new-key-file", "/nowhere"], {}, "cannot be read (ENOENT)"],
  ])("exits with 2 for %s", async (_what, args, env, said) => {
    const ended = await run(["key", "reencrypt", ...args], { env });
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(said) as string });
    expect(ended.stderr).not.toContain("hunter2");
  });

  it("changes nothing with a wrong old key, or with the old key as the new one", async () => {
    const wrong = { POLYMINT_MASTER_KEY: base64(randomBytes(32)), POLYMINT_NEW_MASTER_KEY: base64(randomBytes(32)) };
    const [foreign, same] = await Promise.all([
      run(["key", "reencrypt"], { env: wrong }),
      run(["key", "reencrypt"], { env: { POLYMINT_NEW_MASTER_KEY: readMasterKey() } }),
    ]);
    expect(foreign).toMatchObject({ code: 2, stderr: expect.stringContaining("which must be the old one; nothing was changed") as string });
    expect(same).toMatchObject({ code: 2, stderr: expect.stringContaining("The new master key is the one in use") as string });
    expect(foreign.stderr).not.toContain(wrong.POLYMINT_MASTER_KEY);
    expect(await listStates()).toEqual(["withdrawn", "active", "next"]);
    await json(["key", "rotate"]);
  });

  it("stores the new key where the old one was stored, unless the operator gave the old one", async () => {
    const [before, first, second] = [readMasterKey(), base64(randomBytes(32)), base64(randomBytes(32))];
    expect(await json(["key", "reencrypt"], { env: { POLYMINT_NEW_MASTER_KEY: first } })).toMatchObject({
      reencrypted: 3,
      already_reencrypted: 0,
    });
    expect(readMasterKey()).toBe(first);
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
    expect(readMasterKey()).toBe(first);
    writeFileSync(join(root, "key"), `${first}\n`);
    await json(["key", "reencrypt", "--new-key-file", join(root, "key")], { env: { POLYMINT_MASTER_KEY: second } });
    await json(["key", "rotate"]);
  });
});
