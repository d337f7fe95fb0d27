import { auditChange } from "../../src/cli/audited";
import { makeOwnDatabase, type OwnDatabase } from "../harness/own-database";
import { apartIn, type Audited, brokenAudits } from "./together";

let own: OwnDatabase;
beforeEach(async () => {
  own = await makeOwnDatabase();
});
afterEach(() => own.drop());

describe("a change and its line in the audit", () => {
  it("are one, whatever fails: the line, the command, or the connection", async () => {
    expect(await apartIn(auditChange, own)).toEqual([]);
  });

  const unseen = ["unwritten", "interrupted", "cutoff"].map((id) => `${id}: changed without a line`);
  it.each<[keyof typeof brokenAudits, string[]]>([
    ["writes the line when the change is done", unseen],
    ["writes the line before the change", ["refused: a line without a change"]],
    ["has a transaction, but works outside of it", unseen],
    ["lets the line fail", unseen],
  ])("would part where a command %s", async (what, apart) => {
    const broken: Audited = brokenAudits[what];
    expect(await apartIn(broken, own)).toEqual(apart);
  });
});
