import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { hashNewPassword, isPassword } from "../../src/secrets/password";
import { UnfitPasswordError } from "../../src/secrets/password-rules";
import { compileRelease } from "../harness/compiled";
import { seededPassword } from "../../src/testkit/seed";
import { hashCheaply } from "../harness/cheap-password";

const owner = { email: "ada.lovelace@mill.example.org", firstName: "Ada", lastName: "Lovelace", otherWords: ["treasury"] };

async function judge(password: string): Promise<string> {
  try {
    await hashNewPassword(password, owner);
    return "taken";
  } catch (error) {
    if (!(error instanceof UnfitPasswordError)) throw error;
    return error.message;
  }
}

describe("a new password", () => {
  it.each([
    ["of 11 characters", "kv7 sunrise"],
    ["of 129 characters", "x1y".repeat(43)],
    ["of blanks", "\u00a0 \u00a0 \u00a0 \u00a0 \u00a0 \u00a0 "],
    ["with a line break", "four words\nof my own"],
  ])("%s is refused, with the reason", async (_what, password) => {
    expect(await judge(password)).toMatch(/^a password (has 12 to 128 characters|has no line breaks|must not consist of blanks)/);
  });

  it.each([
    ["stands in the list", "philadelphia"],
    ["is a common one with digits behind it", "password1234"],
    ["is a common one with digits behind it that are no sequence", "monkey839261"],
    ["is a common one with digits and signs around it", "!!2024-Summer-2024!!"],
    ["is a common one that ends in a digit, with signs", "trustno1!!!!!"],
    ["is a common one in usual capitals", "Baseball2024!"],
    ["is a common one in capitals throughout", "PHILADELPHIA"],
    ["is a common one in full-width letters", "ｐｈｉｌａｄｅｌｐｈｉａ"],
    ["is a common one with signs for letters", "P@$$w0rd2024!"],
    ["is a common one with a digit for an l", "we1c0me-we1c0me"],
    ["is a common one, twice", "passwordpassword"],
    ["is a common one, three times and with digits", "Dragon1Dragon1Dragon1"],
    ["is a common one, cut by digits", "foot2019ball!"],
    ["is a word of the list for dice, with digits", "chewable-1987"],
    ["is one character", "aaaaaaaaaaaaaaaa"],
    ["is a short text again and again", "x7!x7!x7!x7!x7!"],
    ["is a sequence", "abcdefghijklmnop"],
    ["is a sequence of digits past nine", "45678901234567"],
    ["is two sequences", "987654321abcdef"],
    ["is a short word and a sequence", "amy123456789"],
    ["is the address of its owner", "ada.lovelace@mill.example.org"],
    ["is the address of its owner without its end", "Ada.Lovelace@Mill"],
    ["is the name of its owner", "Ada Lovelace"],
    ["is the name of its owner with digits", "lovelace-1815"],
    ["is the name of its owner and a common one", "AdaPassword!1"],
    ["is the programme of its owner", "Treasury2024!"],
    ["is the name of the product", "Polymint-2026"],
    ["is the name of the product, twice", "polymintpolymint"],
  ])("that %s is refused as easy to guess", async (_what, password) => {
    expect(await judge(password)).toMatch(/^this password is easy to guess/);
  });

  it.each([
    ["four words", "correct horse battery staple"],
    ["words with the owner's name among them", "ada rows to the island"],
    ["random characters", "k7#QzP2m!xWv"],
    ["random digits", "830591746025"],
    ["small letters only", "vuqhezmirtob"],
    ["a sentence of another script", "семь раз отмерь один"],
    [
      "12 characters outside the basic plane",
      "\u{1f511}\u{1f9ed}\u{1f3ba}\u{1f41f}\u{1f9f5}\u{1f6f6}\u{1fa81}\u{1f335}\u{1f9c2}\u{1f48e}\u{1f3b2}\u{1f56f}",
    ],
    ["128 characters", "the end is not near ".repeat(7).slice(0, 126).concat("!?")],
  ])("of %s is taken, and logs in", async (_what, password) => {
    const hash = await hashNewPassword(password, owner);
    expect([await isPassword(password, hash), await isPassword(`${password} `, hash)]).toEqual([true, false]);
  });

  it("is judged by what its owner is called: another person may have it", async () => {
    const other = { email: "grace@example.net", firstName: "Grace", lastName: "Hopper" };
    expect(await isPassword("lovelace-rows-1815", await hashNewPassword("lovelace-rows-1815", other))).toBe(true);
  });

  it("is not repeated in the reason", async () => {
    for (const password of ["short", "philadelphia", "kv7 sunrise\n12"]) expect(await judge(password)).not.toContain(password);
  });
});

it("a password with an umlaut is the same as one character and as two, also one that an earlier release hashed as it was typed", async () => {
  const password = "Zürich–Käse–Öl–Straße–x9";
  const [one, two] = [password.normalize("NFC"), password.normalize("NFD")];
  expect(one).not.toBe(two);
  for (const set of [await hashNewPassword(one, owner), await hashNewPassword(two, owner)])
    expect([await isPassword(one, set), await isPassword(two, set), await isPassword(`${two}!`, set)]).toEqual([true, true, false]);
  const earlier = await hashCheaply(two);
  expect([await isPassword(two, earlier), await isPassword(two, undefined)]).toEqual([true, false]);
});

it("a password that was set under earlier rules still logs in", async () => {
  for (const old of ["password", "12345678", "  "]) expect(await isPassword(old, await hashCheaply(old))).toBe(true);
});

it("the list of common passwords is loaded with the first new password, and not by a login", () => {
  const program = `
    const { hashNewPassword, isPassword } = require(${JSON.stringify(join(compileRelease(join(__dirname, "..", "..")), "dist/src/secrets/password.js"))});
    const isLoaded = () => Object.keys(require.cache).some((file) => file.includes("zxcvbn"));
    (async () => {
      await isPassword("correct horse battery", undefined);
      const before = isLoaded();
      await hashNewPassword("correct horse battery", { email: "a@b.example" });
      console.log(JSON.stringify([before, isLoaded()]));
    })();`;
  expect(JSON.parse(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" }))).toEqual([false, true]);
});

it("the test kit's user and person have a password that can be set, and a hash of the kind that new ones get, at less cost", async () => {
  const { password, hash } = seededPassword;
  const fresh = await hashNewPassword(password, owner);
  expect(fresh).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
  expect(await isPassword(password, hash)).toBe(true);
});
