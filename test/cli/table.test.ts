import { formatTable } from "../../src/cli/output";
import { measureText } from "../../src/cli/text-width";

describe("the width of a text on a terminal", () => {
  it.each([
    ["plain", 5],
    ["Zoë", 3],
    ["Zoe\u0308", 3],
    ["東京", 4],
    ["서울", 4],
    ["ｱｲｳ", 3],
    ["Ａ１", 4],
    ["👩‍👩‍👧", 2],
    ["🇩🇪", 2],
    ["❤️", 2],
    ["❤", 1],
    ["a\u200Bb", 2],
    ["", 0],
  ])("of %s is %i columns", (text, columns) => {
    expect(measureText(text)).toBe(columns);
  });
});

describe("a table", () => {
  it("aligns its columns after wide characters, emoji and combining marks", () => {
    const names = ["Acme", "東京電力", "👩‍👩‍👧 Familie", "Zoe\u0308", "ｱｸﾒ"];
    const lines = formatTable(
      ["NAME", "STATUS"],
      names.map((name) => [name, "active"]),
    ).split("\n");
    expect(lines.slice(1).map((line) => measureText(line.slice(0, line.indexOf("active"))))).toEqual(names.map(() => 12));
    expect(lines[0]).toBe("NAME        STATUS");
  });

  it("passes nothing on that commands the terminal, turns the direction of text or begins a line", () => {
    const hostile = "a\u001b[2Jb\nc\u202Ed\u2066e\u2028f\u009Bg\uD800h";
    const [, row] = formatTable(["NAME"], [[hostile]]).split("\n");
    expect(row).toBe("a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg\uFFFDh");
  });

  it("wraps its last column at the width that it is given", () => {
    expect(
      formatTable(
        ["A", "MEANING"],
        [
          ["1", "one two three four five six"],
          ["22", "one"],
        ],
        24,
      ),
    ).toBe(["A   MEANING", "1   one two three four", "    five six", "22  one"].join("\n"));
  });
});
