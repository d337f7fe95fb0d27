import type { Command } from "commander";
import { formatSessions, toSessionJson } from "./ended-output";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { omitUndefined } from "./options";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";

/** `polymint session …` */
export function addSession(program: Command): void {
  const session = program.command("session").description("logins of people at the pages; `person sign-out` ends them");
  const list = session
    .command("list")
    .description("sessions that are alive, the newest login first; the last use is up to a minute old")
    .option("--person <id>", "of this person only");
  addPageOptions(list, /^[\d:.TZ-]{27},[\da-f]{32}$/).action(makeAction(showSessions));
  addExamples(list, "session list", "session list --person 406211845231", "session list --limit 1000 --json");
  addExamples(session, "session list --person 406211845231");
}

async function showSessions({ person, ...options }: { person?: string } & PageOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { listSessions } = await import("../store/people/sessions.js");
  const filter = omitUndefined({ personId: person });
  const { rows, next } = await withSession(({ database, clock }) =>
    readPage(
      options,
      (request) => listSessions(database, { ...filter, ...request }, clock()),
      ({ cursor }) => cursor,
    ),
  );
  const text = rows.length === 0 ? "There are no such sessions." : formatSessions(rows);
  return formatPage({ json: { sessions: rows.map(toSessionJson) }, text }, next);
}
