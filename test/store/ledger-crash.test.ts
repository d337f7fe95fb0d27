import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Database } from "../../src/store/database";
import { findInLedger, makeOwnDatabase, type OwnDatabase } from "../harness/own-database";

jest.setTimeout(60_000);

let own: OwnDatabase;
let database: Database;

beforeAll(async () => {
  own = await makeOwnDatabase();
  database = own.open();
});
afterAll(() => own.drop());

/** Kills a writing process under load. @returns how many tokens it had answered, and how many of them the ledger lacks */
async function killWriter(order: "commit-first" | "answer-first"): Promise<{ answered: number; missing: number }> {
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
  await waitForConnectionsToEnd();
  const answered = printed.slice(0, printed.lastIndexOf("\n")).split("\n");
  const found = await findInLedger(database, answered);
  return { answered: answered.length, missing: answered.filter((jti) => !found.has(jti)).length };
}

/** Waits until the statements that the killed process had sent have ended; they count as written. */
async function waitForConnectionsToEnd(): Promise<void> {
  for (;;) {
    const running = await database.build((knex) => knex("pg_stat_activity").where("application_name", "writer"));
    if (running.length === 0) return;
  }
}

describe("a server that is killed under load", () => {
  it("leaves every token that it answered in the ledger", async () => {
    for (let round = 0; round < 2; round += 1) {
      const { answered, missing } = await killWriter("commit-first");
      expect(answered).toBeGreaterThan(2000);
      expect(missing).toBe(0);
    }
  });

  it("(control) leaves some tokens out of the ledger when it answers before the commit", async () => {
    let lost = 0;
    for (let round = 0; round < 5 && lost === 0; round += 1) lost = (await killWriter("answer-first")).missing;
    expect(lost).toBeGreaterThan(0);
  });
});
