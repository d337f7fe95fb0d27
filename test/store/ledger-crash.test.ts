import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Database } from "../../src/store/database";
import { inLedger, makeOwnDatabase, type OwnDatabase } from "../harness/own-database";

jest.setTimeout(60_000);

let own: OwnDatabase;
let database: Database;

beforeAll(async () => {
  own = await makeOwnDatabase();
  database = own.open();
});
afterAll(() => own.drop());

/** Kills a writing server under load. @returns the jtis it had answered and how many of them the ledger lacks */
async function killed(order: "commit-first" | "answer-first"): Promise<{ answered: number; missing: number }> {
  const connection = JSON.stringify({ ...own.connection, application_name: "writer" });
  const writer = spawn(process.execPath, ["--import", "tsx", join(__dirname, "ledger-writer.ts"), order, connection], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  for await (const chunk of writer.stdout.setEncoding("utf8") as AsyncIterable<string>) {
    printed += chunk;
    if (printed.length > 3000 * 37) break;
  }
  const gone = once(writer, "exit");
  writer.kill("SIGKILL");
  await gone;
  await connectionsGone();
  const answered = printed.slice(0, printed.lastIndexOf("\n")).split("\n");
  const found = await inLedger(database, answered);
  return { answered: answered.length, missing: answered.filter((jti) => !found.has(jti)).length };
}

/** Statements that the killed process had sent may still be running; they count as written, in either order. */
async function connectionsGone(): Promise<void> {
  for (;;) {
    const running = await database.build((knex) => knex("pg_stat_activity").where("application_name", "writer"));
    if (running.length === 0) return;
  }
}

describe("a server that is killed under load", () => {
  it("has every token it answered in the ledger", async () => {
    for (let round = 0; round < 2; round += 1) {
      const { answered, missing } = await killed("commit-first");
      expect(answered).toBeGreaterThan(2000);
      expect(missing).toBe(0);
    }
  });

  it("would lack some if it answered before the commit", async () => {
    let lost = 0;
    for (let round = 0; round < 5 && lost === 0; round += 1) lost = (await killed("answer-first")).missing;
    expect(lost).toBeGreaterThan(0);
  });
});
