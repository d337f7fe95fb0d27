import { type Command, InvalidArgumentError } from "commander";
import type { EndedTokens } from "../store/people/endings";
import { accessTokensNote, dryRunOption, type Ended, endedAny, formatEnded, toEndedJson } from "./ended-output";
import { CommandError } from "./errors";
import { addExamples, type CommandOutput, makeAction } from "./output";
import type { CommandSession } from "./session";
import { makeFamilyNotFound, makeTokenNotFound, toTokenJson } from "./token-output";

const selectors = ["family", "client", "subject", "person"] as const;
type Selector = (typeof selectors)[number];

type RevokeOptions = Partial<Record<Selector, string>> & { dryRun?: boolean };

/** `polymint token revoke` */
export function addTokenRevoke(token: Command): void {
  const command = token
    .command("revoke")
    .description("make introspection and userinfo say that tokens are no longer active; revoking twice is no error")
    .argument("[jti]", "one token, by its jti")
    .option("--family <id>", "every token of a family, with its refresh tokens; `token show` says the family of a token")
    .option("--client <id>", "every token that a client got until now, with its refresh families")
    .option(
      "--subject <id>",
      "every token about a subject until now, with its refresh families: a person, a client or an identity",
      parseSubject,
    )
    .option("--person <id>", "a person's refresh families, with their access tokens; sessions stay, `person sign-out` ends those too")
    .option(...dryRunOption)
    .action(makeAction(revokeTokens));
  addExamples(
    command,
    "token revoke 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d",
    "token revoke --family 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8e --json",
    "token revoke --client acme --dry-run",
    "token revoke --person 406211845231",
  );
}

/** A `sub` has at most 255 ASCII characters (OIDC Core §2). The audit keeps it, so a token that was pasted by mistake must not pass. */
export function parseSubject(value: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(value) && !/^(eyJ|pm[a-z]_)/.test(value)) return value;
  throw new InvalidArgumentError("It is the sub of tokens, 1 to 255 printable ASCII characters, and no token or secret.");
}

function revokeTokens(jti: string | undefined, options: RevokeOptions): Promise<CommandOutput> {
  const { dryRun = false } = options;
  const given = selectors.flatMap((selector) => {
    const id = options[selector];
    return id === undefined ? [] : [{ selector, id }];
  });
  const [selected] = given;
  if (jti !== undefined && selected === undefined) return revokeToken(jti, dryRun);
  if (jti !== undefined || selected === undefined || given.length > 1)
    throw new CommandError("usage", `name what to revoke: a jti, or one of ${selectors.map((name) => `--${name}`).join(", ")}`);
  return revokeSelected(selected.selector, selected.id, dryRun);
}

async function revokeToken(jti: string, dryRun: boolean): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeLedgerReader } = await import("../store/ledger/reader.js");
  const change = { command: "token revoke", object: `token ${jti}`, patient: true, dryRun };
  return runAuditedChange(change, async ({ database, clock }) => {
    const ledger = makeLedgerReader(database);
    const revoked = await ledger.revokeByJti(jti, Math.floor(clock() / 1000));
    const record = revoked ? await ledger.findByJti(jti) : undefined;
    if (record === undefined) throw makeTokenNotFound(jti);
    const json = toTokenJson(record, clock());
    const done = `Token ${json.jti} is revoked, since ${json.revoked_at ?? "now"}.`;
    return { json: { ...json, dry_run: dryRun }, text: dryRun ? `Nothing was changed. The command would revoke token ${json.jti}.` : done };
  });
}

async function revokeSelected(selector: Selector, id: string, dryRun: boolean): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const cutsOff = selector === "client" || selector === "subject";
  const object = (ended: Ended): string | undefined => (cutsOff || endedAny(ended) ? `tokens of ${selector} ${id}` : undefined);
  const change = { command: "token revoke", object, patient: true, dryRun };
  const ended = await runAuditedChange(change, (session) => revokers[selector](id, session, dryRun));
  const done = `The tokens of ${selector} ${id} are revoked.`;
  const key = selector === "subject" || selector === "family" ? selector : `${selector}_id`;
  const json = { [key]: id, dry_run: dryRun, ...toEndedJson(ended) };
  return { json, text: `${formatEnded(ended, done, dryRun)}\n\n${accessTokensNote}` };
}

/** Revokes the tokens of one family, client, subject or person. Only a dry run counts tokens: that reads the whole ledger. */
const revokers: Record<Selector, (id: string, session: CommandSession, dryRun: boolean) => Promise<Ended>> = {
  async family(id, { database, clock }) {
    const { endFamily } = await import("../store/people/endings.js");
    const ended = await endFamily(database, id, clock());
    if (ended === undefined) throw makeFamilyNotFound(id);
    const { before, ...family } = ended;
    return { families: before ? [] : [family], codes: 0, devices: 0 };
  },
  async person(id, { database, clock }) {
    const { makePeople } = await import("../store/people/people.js");
    return makePeople(database).revokeTokens(id, clock());
  },
  async client(id, session, dryRun) {
    const { makeClientAdmin } = await import("../store/clients/admin.js");
    return countFirst({ kind: "client", id }, session, dryRun, () => makeClientAdmin(session.database).revokeTokens(id, session.clock()));
  },
  async subject(id, session, dryRun) {
    const { cutOffTokens } = await import("../store/ledger/cutoffs.js");
    const { revokeExchangedOfSubject } = await import("../store/ledger/exchanges.js");
    const { endTokens } = await import("../store/people/endings.js");
    return countFirst({ kind: "subject", id }, session, dryRun, async () => {
      await cutOffTokens(session.database, { kind: "subject", id }, session.clock());
      await revokeExchangedOfSubject(session.database, id, session.clock());
      return endTokens(session.database, { personId: id }, session.clock());
    });
  },
};

async function countFirst(
  cutOff: { kind: "client" | "subject"; id: string },
  { database, clock }: CommandSession,
  dryRun: boolean,
  revoke: () => Promise<EndedTokens>,
): Promise<Ended> {
  const { countLiveTokens } = await import("../store/ledger/cutoffs.js");
  const tokens = dryRun ? { tokens: await countLiveTokens(database, cutOff, clock()) } : {};
  return { ...(await revoke()), ...tokens };
}
