import { wiring } from "../../generated/wiring";
import { findOperator } from "../../src/audit/changes";
import type { auditChange, CommandChange } from "../../src/cli/audited";
import { registerClient } from "../../src/cli/register";
import type { CommandSession } from "../../src/cli/session";
import { readConfig } from "../../src/config";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeAudit } from "../../src/store/audit";
import type { Database } from "../../src/store/database";
import { digestOf, type OwnDatabase } from "../harness/own-database";

/** Makes a change and records who made it. */
export type AuditChange = typeof auditChange;

function makeSession(database: Database): CommandSession {
  const names = wiring.map(({ name }) => name);
  return {
    config: readConfig({}, names),
    database,
    digest: makeSecretDigest(digestOf("pepper")),
    masterKey: digestOf("master key"),
    folder: "",
    clock: Date.now,
    contracts: new Map(wiring.map(({ name, policy }) => [name, policy])),
    wiring: [],
  };
}

class InterruptedError extends Error {}
const failStep = () => Promise.reject(new InterruptedError());
const passStep = () => Promise.resolve();

/**
 * Registers clients under an audit, with one fault each: none, a line that cannot be written, a command that fails before the
 * client is inserted, one that fails after, and a connection that is lost before the command ends.
 * @returns each change without its line, and each line without its change
 */
export async function findInconsistencies(audit: AuditChange, own: OwnDatabase): Promise<string[]> {
  const session = makeSession(own.open());
  // This one is not cut by the lost connection.
  const database = own.open();
  type Step = (within: Database) => Promise<unknown>;
  const attempt = async (id: string, { before = passStep, after = passStep }: { before?: Step; after?: Step } = {}): Promise<void> => {
    const change: CommandChange<unknown> = { command: "client create", object: `client ${id}` };
    const work = async (within: CommandSession): Promise<void> => {
      await before(within.database);
      await registerClient(within, { id, contracts: ["abbeycross"], scopes: ["a"] });
      await after(within.database);
    };
    await audit(session, change, work).catch(() => undefined);
  };
  const rename = (from: string, to: string) => database.build((knex) => knex.schema.renameTable(from, to));

  await attempt("good");
  await rename("audit_changes", "audit_elsewhere");
  await attempt("unwritten");
  await rename("audit_elsewhere", "audit_changes");
  await attempt("refused", { before: failStep });
  await attempt("interrupted", { after: failStep });
  await attempt("cutoff", { after: (within) => within.build((knex) => knex.raw("SELECT pg_terminate_backend(pg_backend_pid())")) });

  const changed = await database.build((knex) => knex("clients").pluck<string[]>("id"));
  const lines = await database.build((knex) => knex("audit_changes").pluck<string[]>("object"));
  return [
    ...(changed.includes("good") ? [] : ["good: not even changed"]),
    ...changed.filter((id) => !lines.includes(`client ${id}`)).map((id) => `${id}: changed without a line`),
    ...lines.filter((line) => !changed.some((id) => line === `client ${id}`)).map((line) => `${line.slice(7)}: a line without a change`),
  ];
}

const recordLine = ({ database, clock }: CommandSession, { command, object }: CommandChange<never>): Promise<void> =>
  makeAudit(database).recordChange({ ...findOperator(), command, object: String(object) }, clock());

/** Wrong ways to audit: the change and its line in a transaction each, or the change outside of the transaction of its line. */
export const brokenAudits = {
  "writes the line after the change": async (session, change, work) => {
    const made = await work(session);
    await recordLine(session, change);
    return made;
  },
  "writes the line before the change": async (session, change, work) => {
    await recordLine(session, change);
    return work(session);
  },
  "changes outside of the transaction of the line": (session, change, work) =>
    session.database.transaction(async () => {
      const made = await work(session);
      await recordLine(session, change);
      return made;
    }),
  "ignores a line that fails": async (session, change, work) => {
    const made = await work(session);
    await recordLine(session, change).catch(() => undefined);
    return made;
  },
} satisfies Record<string, AuditChange>;
