/** Readiness while writes fail, for whatever reason. */
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makeRequestToken, type RequestToken } from "../harness/token-requests";

let polymint: TestPolymint;
let requestToken: RequestToken;

beforeAll(async () => {
  polymint = await startPolymint();
  requestToken = await makeRequestToken(polymint);
});
afterAll(() => polymint.stop());

const runSql = (sql: string): Promise<unknown> => polymint.database.build((knex) => knex.raw(sql));
const readReadiness = async (): Promise<number> => (await fetch(`${polymint.url}/health/ready`)).status;

/** Makes every row of the ledger fail that fits a condition. */
async function failRows(state: string, condition = "true"): Promise<void> {
  await runSql(`CREATE FUNCTION fail_row() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF ${condition} THEN RAISE EXCEPTION 'a fault of the test' USING ERRCODE = '${state}'; END IF; RETURN NEW; END $$`);
  await runSql("CREATE TRIGGER fail_row BEFORE INSERT ON issued_tokens FOR EACH ROW EXECUTE FUNCTION fail_row()");
}

async function mend(): Promise<void> {
  await runSql("DROP FUNCTION IF EXISTS fail_row() CASCADE");
}

describe("a server whose writes fail", () => {
  afterEach(mend);

  it.each([
    ["08006", "a connection to another node is broken", 503],
    ["XX000", "an internal error", 500],
    ["P0001", "an exception of a trigger", 500],
    ["23502", "a column that nobody fills", 500],
  ])("is not ready with SQLSTATE %s (%s), until writes succeed", async (state, _name, status) => {
    expect([(await requestToken("abbeycross")).status, await readReadiness()]).toEqual([200, 200]);
    await failRows(state);
    expect((await requestToken("abbeycross")).status).toBe(status);
    // Not for a while only.
    expect([await readReadiness(), await readReadiness()]).toEqual([503, 503]);
    await mend();
    expect(await readReadiness()).toBe(200);
    expect((await requestToken("abbeycross")).status).toBe(200);
  });

  it("is ready although the rows of one client fail, and its proof leaves no row", async () => {
    const { rows } = (await runSql("SELECT count(*)::int AS count FROM issued_tokens")) as { rows: { count: number }[] };
    await failRows("XX000", `NEW.client_id = '${polymint.clients.abbeycross.clientId}'`);
    expect((await requestToken("abbeycross")).status).toBe(500);
    expect(await readReadiness()).toBe(200);
    expect(await runSql("SELECT count(*)::int AS count FROM issued_tokens")).toMatchObject({ rows });
  });

  it("tries a row in the partition of a day, although there are others, and is ready without any", async () => {
    await runSql("CREATE TABLE issued_tokens_rest PARTITION OF issued_tokens DEFAULT");
    await failRows("P0001");
    await requestToken("abbeycross");
    expect(await readReadiness()).toBe(503);
    await mend();
    const { rows } = (await runSql(
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'issued_tokens'::regclass",
    )) as {
      rows: { name: string }[];
    };
    for (const { name } of rows) await runSql(`DROP TABLE ${name}`);
    expect(await readReadiness()).toBe(200);
    expect((await requestToken("abbeycross")).status).toBe(200);
  });
});
