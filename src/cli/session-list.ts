import type { Command } from "commander";
import { formatSessions, toSessionJson } from "./ended-output";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { makeNumberParser, omitUndefined } from "./options";

/** `polymint session …` */
export function addSession(program: Command): void {
  const session = program.command("session").description("logins of people at the pages; `person sign-out` ends them");
  const list = session
    .command("list")
    .description("sessions that are alive, the newest login first; the last use is up to a minute old")
    .option("--person <id>", "of this person only")
    .option("--limit <n>", "how many at most", makeNumberParser(1, 10_000), 50)
    .action(makeAction(showSessions));
  addExamples(list, "session list", "session list --person 406211845231", "session list --limit 1000 --json");
  addExamples(session, "session list --person 406211845231");
}

async function showSessions({ person, limit }: { person?: string; limit: number }): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { listSessions } = await import("../store/people/sessions.js");
  const sessions = await withSession(({ database, clock }) =>
    listSessions(database, { ...omitUndefined({ personId: person }), limit }, clock()),
  );
  const text = sessions.length === 0 ? "There are no such sessions." : formatSessions(sessions);
  return { json: { sessions: sessions.map(toSessionJson) }, text };
}
