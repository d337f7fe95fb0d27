import type { Command } from "commander";
import { addExamples, type CommandOutput, formatDetails, formatTime, makeAction } from "./output";
import { makeNumberParser } from "./options";

interface CreateOneTimeTokenOptions {
  programme: string;
  user: string;
  identity: string;
  lifetime?: number;
  steppedUp?: true;
}

/** `polymint one-time-token …` */
export function addOneTimeToken(program: Command): void {
  const token = program
    .command("one-time-token")
    .description("one-time tokens: each is exchanged once for an access token of one user and one identity");
  const create = token
    .command("create")
    .description("make a one-time token; prints it, this once")
    .requiredOption("--programme <id>", "the programme of the user and the identity")
    .requiredOption("--user <id>", "who will act")
    .requiredOption("--identity <id>", "for whom; the user must be linked to it")
    .option("--lifetime <seconds>", "seconds it lives; ONE_TIME_TOKEN_SECONDS otherwise", makeNumberParser(1, 3600))
    .option("--stepped-up", "the user has been authenticated strongly, and the access token shall say so")
    .action(makeAction(createToken));
  const example = "one-time-token create --programme acme --user 310551844231877120 --identity 406211845231877120";
  addExamples(create, example, `${example} --lifetime 60 --stepped-up --json`);
  addExamples(token, example);
}

async function createToken({ programme, user, identity, lifetime, steppedUp }: CreateOneTimeTokenOptions): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeOneTimeTokens } = await import("../store/programmes/one-time-tokens.js");
  const { makeCreateOneTimeToken } = await import("../registration/one-time-tokens.js");
  const change = { command: "one-time-token create", object: `user ${user} of programme ${programme}, identity ${identity}` };
  const { token, expiresAt } = await runAuditedChange(change, ({ config, database, digest, clock }) => {
    const create = makeCreateOneTimeToken({ oneTimeTokens: makeOneTimeTokens(database), digest, clock });
    return create({
      programmeId: programme,
      userId: user,
      identityId: identity,
      assurance: steppedUp === true ? "STEPPED_UP" : "STANDARD",
      lifetimeSeconds: lifetime ?? config.oneTimeTokenSeconds,
    });
  });
  const values = { one_time_token: token, expires_at: formatTime(Math.floor(expiresAt)) };
  const owner = { programme_id: programme, user_id: user, identity_id: identity };
  return { json: { ...values, ...owner }, text: `${formatDetails(values)}\n\nKeep the one_time_token now: it is not shown again.` };
}
