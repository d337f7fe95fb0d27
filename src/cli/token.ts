import type { Command } from "commander";
import type { LedgerRecord } from "../engine/ports/ledger";
import { NotFoundError } from "../store/database/errors";
import { addExamples, type CommandOutput, formatDetails, formatTable, formatTime, formatTimeOrNull, makeAction } from "./output";
import { makeNumberParser, omitUndefined } from "./options";

interface ListTokensOptions {
  client?: string;
  contract?: string;
  active?: true;
  limit: number;
}

/** `polymint token …` */
export function addToken(program: Command): void {
  const token = program.command("token").description("tokens that were issued, as the ledger has them; the tokens themselves are not kept");
  const list = token
    .command("list")
    .description("newest first")
    .option("--client <id>", "of this client only")
    .option("--contract <contract>", "of this contract only")
    .option("--active", "neither expired nor revoked")
    .option("--limit <n>", "how many at most", makeNumberParser(1, 10_000), 50)
    .action(makeAction(listTokens));
  addExamples(list, "token list", "token list --client acme --active --limit 10", "token list --contract raidiam --json");
  const show = token
    .command("show")
    .description("everything the ledger has on a token")
    .argument("<jti>", "the token's jti")
    .action(makeAction(showToken));
  addExamples(show, "token show 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d", "token show 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d --json");
  const revoke = token
    .command("revoke")
    .description("make introspection say that a token is no longer active; revoking twice is no error")
    .argument("<jti>", "the token's jti")
    .action(makeAction(revokeToken));
  addExamples(revoke, "token revoke 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d");
  addExamples(token, "token list --active", "token revoke 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d");
}

async function listTokens({ client, contract, active, limit }: ListTokensOptions): Promise<CommandOutput> {
  const { withSession, requireContract } = await import("./session.js");
  const { makeLedgerReader } = await import("../store/ledger/reader.js");
  return withSession(async (session) => {
    requireContract(contract, session);
    const now = session.clock();
    const found = await makeLedgerReader(session.database).list({ ...omitUndefined({ clientId: client, contract, active }), limit }, now);
    const tokens = found.map((record) => toTokenJson(record, now));
    return { json: { tokens }, text: tokens.length === 0 ? "There are no such tokens." : formatTokenTable(tokens) };
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

async function revokeToken(jti: string): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeLedgerReader } = await import("../store/ledger/reader.js");
  const change = { command: "token revoke", object: `token ${jti}`, patient: true } as const;
  return runAuditedChange(change, async ({ database, clock }) => {
    const ledger = makeLedgerReader(database);
    const revoked = await ledger.revokeByJti(jti, Math.floor(clock() / 1000));
    const record = revoked ? await ledger.findByJti(jti) : undefined;
    if (record === undefined) throw makeTokenNotFound(jti);
    const json = toTokenJson(record, clock());
    return { json: { ...json }, text: `Token ${json.jti} is revoked, since ${json.revoked_at ?? "now"}.` };
  });
}

type TokenJson = ReturnType<typeof toTokenJson>;

/** @param now epoch milliseconds */
function toTokenJson(record: LedgerRecord, now: number) {
  return {
    jti: record.jti,
    state: determineState(record, now),
    contract: record.contract,
    client_id: record.clientId,
    grant_type: record.grant,
    subject: record.subject,
    actor: record.actor,
    scope: record.scope,
    issued_at: formatTime(record.issuedAt),
    expires_at: formatTime(record.expiresAt),
    revoked_at: formatTimeOrNull(record.revokedAt),
  };
}

function determineState({ revokedAt, expiresAt }: LedgerRecord, now: number): "active" | "revoked" | "expired" {
  if (revokedAt !== null) return "revoked";
  return expiresAt * 1000 > now ? "active" : "expired";
}

function formatTokenTable(tokens: readonly TokenJson[]): string {
  const headings = ["JTI", "STATE", "CONTRACT", "CLIENT", "SUBJECT", "SCOPE", "ISSUED", "EXPIRES"];
  return formatTable(
    headings,
    tokens.map((each) => [each.jti, each.state, each.contract, each.client_id, each.subject, each.scope, each.issued_at, each.expires_at]),
  );
}

/** The message repeats only a jti: other text may be the token itself, pasted by mistake. */
function makeTokenNotFound(jti: string): NotFoundError {
  const isJti = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(jti);
  return new NotFoundError(isJti ? `there is no token ${jti} in the ledger` : "there is no such token; give its jti, which is a UUID");
}
