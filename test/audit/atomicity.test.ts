import { auditChange } from "../../src/cli/audited";
import { makeOwnDatabase, type OwnDatabase } from "../harness/own-database";
import { type AuditChange, brokenAudits, findInconsistencies } from "./atomicity";

let own: OwnDatabase;
beforeEach(async () => {
  own = await makeOwnDatabase();
});
afterEach(() => own.drop());

describe("a change and its audit line", () => {
  it("are written together or not at all, whether the line, the command or the connection fails", async () => {
    expect(await findInconsistencies(auditChange, own)).toEqual([]);
  });

  const unaudited = ["unwritten", "interrupted", "cutoff"].map((id) => `${id}: changed without a line`);
  it.each<[keyof typeof brokenAudits, string[]]>([
    ["writes the line after the change", unaudited],
    ["writes the line before the change", ["refused: a line without a change"]],
    ["changes outside of the transaction of the line", unaudited],
    ["ignores a line that fails", unaudited],
  ])("(control) are found apart if a command %s", async (variant, inconsistencies) => {
    const broken: AuditChange = brokenAudits[variant];
    expect(await findInconsistencies(broken, own)).toEqual(inconsistencies);
  });
});
