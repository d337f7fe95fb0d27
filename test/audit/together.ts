import { wiring } from "../../generated/wiring";
import { findOperator } from "../../src/audit/changes";
import type { CommandChange, auditChange } from "../../src/cli/audited";
import { registerClient } from "../../src/cli/register";
import type { CommandSession } from "../../src/cli/session";
import { readConfig } from "../../src/config";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeAudit } from "../../src/store/audit";
import type { Database } from "../../src/store/database";
import { digestOf, type OwnDatabase } from "../harness/own-database";

/** Changes something and writes down who did. */
export type Audited = typeof auditChange;

export function sessionOn(database: Database): CommandSession {
  const names = wiring.map(({ name }) => name);
  return {
    config: readConfig({}, names),
    database,
    digest: makeSecretDigest(digestOf("pepper")),
    masterKey: digestOf("master key"),
    folder: "",
    clock: Date.now,
    contracts: new Map(wiring.map(({ name, policy }) => [name, policy])),
  };
}

class Interrupted extends Error {}
const interrupt = () => Promise.reject(new Interrupted());
const goOn = () => Promise.resolve();

/**
 * Registers clients under an audit that something happens to: once nothing, once its line cannot be written, once the
 * command fails before the client is there and once after, and once the connection is lost before the command is done.
 * @returns each change without its line, and each line without its change
 */
export async function apartIn(audit: Audited, own: OwnDatabase): Promise<string[]> {
  const session = sessionOn(own.open());
  // Not one whose connections are cut.
  const database = own.open();
  type Step = (within: Database) => Promise<unknown>;
  const attempt = async (id: string, { before = goOn, after = goOn }: { before?: Step; after?: Step } = {}): Promise<void> => {
    const change: CommandChange<unknown> = { command: "client create", object: `client ${id}` };
    const work = async (inside: CommandSession): Promise<void> => {
      await before(inside.database);
      await registerClient(inside, { id, contracts: ["abbeycross"], scopes: ["a"] });
      await after(inside.database);
    };
    await audit(session, change, work).catch(() => undefined);
  };
  const rename = (from: string, to: string) => database.build((knex) => knex.schema.renameTable(from, to));

  await attempt("good");
  await rename("audit_changes", "audit_elsewhere");
  await attempt("unwritten");
  await rename("audit_elsewhere", "audit_changes");
  await attempt("refused", { before: interrupt });
  await attempt("interrupted", { after: interrupt });
  await attempt("cutoff", { after: (within) => within.build((knex) => knex.raw("SELECT pg_terminate_backend(pg_backend_pid())")) });

  const changed = await database.build((knex) => knex("clients").pluck<string[]>("id"));
  const lines = await database.build((knex) => knex("audit_changes").pluck<string[]>("object"));
  return [
    ...(changed.includes("good") ? [] : ["good: not even changed"]),
    ...changed.filter((id) => !lines.includes(`client ${id}`)).map((id) => `${id}: changed without a line`),
    ...lines.filter((line) => !changed.some((id) => line === `client ${id}`)).map((line) => `${line.slice(7)}: a line without a change`),
  ];
}

const record = ({ database, clock }: CommandSession, { command, object }: CommandChange<never>): Promise<void> =>
  makeAudit(database).recordChange({ ...findOperator(), command, object: String(object) }, clock());

/** What must not be: the change and its line each in a transaction of its own, or the change outside of the one there is. */
export const brokenAudits = {
  "writes the line when the change is done": async (session, change, work) => {
    const made = await work(session);
    await record(session, change);
    return made;
  },
  "writes the line before the change": async (session, change, work) => {
    await record(session, change);
    return work(session);
  },
  "has a transaction, but works outside of it": (session, change, work) =>
    session.database.transaction(async () => {
      const made = await work(session);
      await record(session, change);
      return made;
    }),
  "lets the line fail": async (session, change, work) => {
    const made = await work(session);
    await record(session, change).catch(() => undefined);
    return made;
  },
} satisfies Record<string, Audited>;
