import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../src/config";
import { ConfigurationError } from "../../src/config/reader";

const good = { timeZone: "Europe/London", weekly: { monday: ["09:00-17:00"] }, holidays: ["2026-12-25"] };
const folder = mkdtempSync(join(tmpdir(), "polymint-hours-"));
afterAll(() => rmSync(folder, { recursive: true }));

function faultsOf(text: string): readonly string[] {
  try {
    readConfig({ HOURS_ABBEYCROSS: text }, ["abbeycross"]);
  } catch (thrown) {
    if (thrown instanceof ConfigurationError) return thrown.faults;
    throw thrown;
  }
  return [];
}

describe("HOURS_ABBEYCROSS", () => {
  it("is JSON or the path of a JSON file; without it there are no hours", () => {
    const path = join(folder, "hours.json");
    writeFileSync(path, JSON.stringify(good, null, 2));
    for (const text of [JSON.stringify(good), path]) {
      const opensAt = readConfig({ HOURS_ABBEYCROSS: text }, ["abbeycross"]).contracts.opensAt.get("abbeycross");
      expect(opensAt?.(Date.UTC(2026, 0, 19, 8))).toBe(Date.UTC(2026, 0, 19, 9));
    }
    expect(readConfig({}, ["abbeycross"]).contracts.opensAt.size).toBe(0);
  });

  it.each<[string, object]>([
    ["timeZone", { ...good, timeZone: "Europe/Londinium" }],
    ["timeZone", { weekly: good.weekly }],
    ["opening hours", { timeZone: "UTC" }],
    ["opening hours", { ...good, weekly: { monday: [] } }],
    ["monday to sunday", { ...good, weekly: { ...good.weekly, Tuesday: ["09:00-17:00"] } }],
    ["hours of monday", { ...good, weekly: { monday: "09:00-17:00" } }],
    ["hours of friday", { ...good, weekly: { ...good.weekly, friday: ["9:00-17:00"] } }],
    ["hours of friday", { ...good, weekly: { ...good.weekly, friday: ["09:00-25:00"] } }],
    ["hours of friday", { ...good, weekly: { ...good.weekly, friday: ["24:00-09:00"] } }],
    ["hours of friday", { ...good, weekly: { ...good.weekly, friday: ["09:00-17:60"] } }],
    ["hours of friday", { ...good, weekly: { ...good.weekly, friday: [900] } }],
    ["holidays", { ...good, holidays: "2026-12-25" }],
    ["holidays", { ...good, holidays: ["2026-02-30"] }],
    ["holidays", { ...good, holidays: ["25.12.2026"] }],
    ["members other than", { ...good, holliday: [] }],
  ])("reports a faulty %s", (what, value) => {
    expect(faultsOf(JSON.stringify(value))).toEqual([expect.stringMatching(`^HOURS_ABBEYCROSS .*${what}`)]);
  });

  it("reports all faults in one sentence, and text that is not JSON", () => {
    const [all, ...others] = faultsOf(JSON.stringify({ timeZone: "x", weekly: {}, holidays: [1] }));
    expect(others).toEqual([]);
    for (const what of ["timeZone", "weekly", "holidays"]) expect(all).toContain(what);
    expect(faultsOf("{hunter2")).toEqual(["HOURS_ABBEYCROSS must be a JSON object, or the path of a file that holds one"]);
    const path = join(folder, "list.json");
    writeFileSync(path, "[]");
    expect(faultsOf(path)).toEqual(["HOURS_ABBEYCROSS must be a JSON object, or the path of a file that holds one"]);
    expect(faultsOf("/nowhere/hunter2")).toEqual(["HOURS_ABBEYCROSS names a file that cannot be read (ENOENT)"]);
  });
});
