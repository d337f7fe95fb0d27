import type { Command } from "commander";
import { addExamples, type CommandOutput, formatDetails, makeAction } from "./output";
import { omitUndefined } from "./options";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";
import { formatTokenTable, makeTokenNotFound, toTokenJson } from "./token-output";
import { addTokenRevoke, parseSubject } from "./token-revoke";

interface ListTokensOptions extends PageOptions {
  client?: string;
  contract?: string;
  subject?: string;
  active?: true;
}

/** `polymint token …` */
export function addToken(program: Command): void {
  const token = program.command("token").description("tokens that were issued, as the ledger has them; the tokens themselves are not kept");
  const list = token
    .command("list")
    .description("newest first")
    .option("--client <id>", "of this client only")
    .option("--contract <contract>", "of this contract only")
    .option("--subject <id>", "about this subject only: a person, a client or an identity; searches the whole ledger", parseSubject)
    .option("--active", "neither expired nor revoked");
  addPageOptions(list, /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/).action(makeAction(listTokens));
  addExamples(list, "token list", "token list --client acme --active --limit 10", "token list --contract raidiam --json");
  const show = token
    .command("show")
    .description("everything the ledger has on a token")
    .argument("<jti>", "the token's jti")
    .action(makeAction(showToken));
  addExamples(show, "token show 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d", "token show 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d --json");
  addTokenRevoke(token);
  addExamples(token, "token list --active", "token revoke 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d");
}

async function listTokens({ client, contract, subject, active, ...options }: ListTokensOptions): Promise<CommandOutput> {
  const { withSession, requireContract } = await import("./session.js");
  const { makeLedgerReader } = await import("../store/ledger/reader.js");
  return withSession(async (session) => {
    requireContract(contract, session);
    const now = session.clock();
    const filter = omitUndefined({ clientId: client, contract, subject, active });
    const ledger = makeLedgerReader(session.database);
    const { rows, next } = await readPage(
      options,
      (request) => ledger.list({ ...filter, ...request }, now),
      ({ jti }) => jti,
    );
    const tokens = rows.map((record) => toTokenJson(record, now));
    return formatPage({ json: { tokens }, text: tokens.length === 0 ? "There are no such tokens." : formatTokenTable(tokens) }, next);
  });
}

async function showToken(jti: string): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeLedgerReader } = await import("../store/ledger/reader.js");
  return withSession(async ({ database, clock }) => {
    const record = await makeLedgerReader(database).findByJti(jti);
    if (record === undefined) throw makeTokenNotFound(jti);
    const json = toTokenJson(record, clock());
    return { json: { ...json }, text: formatDetails({ ...json }) };
  });
}
