import type { Command } from "commander";
import type { Client } from "../engine/client";
import type { ProgrammeRecord } from "../store/programmes/programmes";
import { makeChoiceParser, omitUndefined } from "./options";
import { addExamples, type CommandOutput, formatDetails, formatTable, formatTime, joinItems, makeAction } from "./output";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";

type ProgrammeStatus = Client["status"];

/** `polymint programme list` and `polymint programme show` */
export function addProgrammeList(programme: Command): void {
  const list = programme
    .command("list")
    .description("programmes, by id")
    .option("--status <status>", "active or disabled", makeChoiceParser<ProgrammeStatus>(["active", "disabled"]));
  addPageOptions(list).action(makeAction(listProgrammes));
  addExamples(list, "programme list", "programme list --status disabled --json");
  const show = programme
    .command("show")
    .description("a programme, and how many identities, users and delegated clients it has; `client show` tells what it may do")
    .argument("<id>", "the programme")
    .action(makeAction(showProgramme));
  addExamples(show, "programme show acme", "programme show acme --json");
}

async function listProgrammes({ status, ...options }: { status?: ProgrammeStatus } & PageOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeProgrammes } = await import("../store/programmes/programmes.js");
  const filter = omitUndefined({ status });
  const { rows, next } = await withSession(({ database }) =>
    readPage(
      options,
      (request) => makeProgrammes(database).list({ ...filter, ...request }),
      ({ id }) => id,
    ),
  );
  const programmes = rows.map(toProgrammeJson);
  const headings = ["PROGRAMME_ID", "NAME", "STATUS", "CONTRACTS", "DELEGATION", "CREATED"];
  const cells = programmes.map((each) => Object.values(formatCells(each)));
  const text = rows.length === 0 ? "There are no such programmes." : formatTable(headings, cells);
  return formatPage({ json: { programmes }, text }, next);
}

async function showProgramme(id: string): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeProgrammes } = await import("../store/programmes/programmes.js");
  const { identities, users, delegatedClients, ...record } = await withSession(({ database }) => makeProgrammes(database).show(id));
  const programme = toProgrammeJson(record);
  const holdings = { identities, users, delegated_clients: delegatedClients };
  return { json: { ...programme, ...holdings }, text: formatDetails({ ...formatCells(programme), ...holdings }) };
}

function toProgrammeJson({ id, name, status, contracts, delegation, createdAt }: ProgrammeRecord) {
  return { programme_id: id, name, status, contracts, delegation, created_at: formatTime(createdAt) };
}

function formatCells(programme: ReturnType<typeof toProgrammeJson>) {
  return { ...programme, contracts: joinItems(programme.contracts), delegation: programme.delegation ? "on" : "off" };
}
