import { type Command, InvalidArgumentError } from "commander";
import type { CodeWish } from "../pages/authorize/consented-code";
import { CommandError } from "./errors";
import { addExamples, type CommandOutput, formatTime, makeAction } from "./output";
import { parseEmailAddress } from "./options";
import type { CommandSession } from "./session";

interface CreateCodeOptions extends CodeWish {
  /** An e-mail address. */
  person: string;
  demo?: true;
}

/** `polymint authorization-code …` */
export function addAuthorizationCode(program: Command): void {
  const code = program
    .command("authorization-code")
    .description("authorization codes without a browser, for development and CI; in production a person consents on the pages");
  const create = code
    .command("create")
    .description(
      "print a code as if the person had just logged in and consented: valid once, for a minute; the consent stays (polymint consent revoke)",
    )
    .requiredOption("--client-id <id>", "the client that will redeem it")
    .requiredOption("--person <email>", "who consents, by e-mail address", parseEmailAddress)
    .requiredOption("--redirect-uri <uri>", "one that the client is registered with")
    .requiredOption("--scope <scope>", "what the person consents to, separated by spaces")
    .requiredOption("--code-verifier <verifier>", "what the client will send to redeem it (RFC 7636); the challenge is S256", parseVerifier)
    .option("--demo", "work on the database of the `serve --demo` that runs on POLYMINT_DATA, with that server's settings")
    .action(makeAction(createCode));
  const usual = "--client-id inspector --person ada@example.net --redirect-uri https://app.example/callback --scope 'openid email'";
  const verifier = "--code-verifier dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  addExamples(create, `authorization-code create ${usual} ${verifier}`, `authorization-code create ${usual} ${verifier} --json`);
  addExamples(code, `authorization-code create ${usual} ${verifier}`);
}

function parseVerifier(value: string): string {
  if (/^[A-Za-z0-9._~-]{43,128}$/.test(value)) return value;
  throw new InvalidArgumentError("It has 43 to 128 letters, digits, and - . _ ~ (RFC 7636 §4.1).");
}

async function createCode({ demo, ...options }: CreateCodeOptions): Promise<CommandOutput> {
  if (demo === true) (await import("./demo-settings.js")).takeDemoSettings();
  const { runAuditedChange } = await import("./audited.js");
  const { codeSeconds } = await import("../pages/authorize/issue-code.js");
  const object = ({ personId }: MadeCode): string => `code of client ${options.clientId} for person ${personId}`;
  const { code, madeAt } = await runAuditedChange({ command: "authorization-code create", object }, (session) =>
    makeCode(options, session),
  );
  return { json: { code, expires_at: formatTime(Math.floor(madeAt / 1000) + codeSeconds) }, text: code };
}

interface MadeCode {
  code: string;
  personId: string;
  /** Epoch milliseconds. */
  madeAt: number;
}

async function makeCode({ person: email, ...wish }: CreateCodeOptions, session: CommandSession): Promise<MadeCode> {
  const { issueConsentedCode } = await import("../pages/authorize/consented-code.js");
  const { makePeople } = await import("../store/people/people.js");
  const { NotFoundError } = await import("../store/database/errors.js");
  const madeAt = session.clock();
  const ports = await openPorts(session);
  if ((await ports.clients.findById(wish.clientId)) === undefined) throw new NotFoundError(`there is no client ${wish.clientId}`);
  const found = await makePeople(session.database).byEmail(email);
  if (found === undefined) throw new NotFoundError(`there is no person ${email}`);
  const { person, passwordHash } = found;
  const code = await issueConsentedCode(ports, wish, { personId: person.id, passwordHash }, madeAt).catch(explainRefusal);
  if (code === undefined)
    throw new CommandError("conflict", `person ${email} is disabled; \`polymint person enable ${person.id}\` undoes it`);
  return { code, personId: person.id, madeAt };
}

async function openPorts({ database, digest, clock, contracts }: CommandSession) {
  const { makeAuthorizationCodes } = await import("../store/people/authorization-codes.js");
  const { makeClientRegistry } = await import("../store/clients/registry.js");
  const { makeConsents } = await import("../store/people/consents.js");
  const { makeRegisteredScopes } = await import("../store/clients/scopes.js");
  const { makeSessions } = await import("../store/people/sessions.js");
  return {
    ...{ digest, contracts },
    authorizationCodes: makeAuthorizationCodes(database),
    clients: makeClientRegistry({ database, clock }),
    consents: makeConsents(database),
    registeredScopes: makeRegisteredScopes(database),
    sessions: makeSessions(database),
  };
}

/** Says what the authorization endpoint would say of such a request. */
async function explainRefusal(thrown: unknown): Promise<never> {
  const { AuthorizationError } = await import("../pages/authorize/answer.js");
  const { Refusal } = await import("../engine/refusal.js");
  if (thrown instanceof AuthorizationError) throw new CommandError("usage", `${thrown.error}: ${thrown.description}`, thrown);
  if (thrown instanceof Refusal)
    throw new CommandError("usage", `${thrown.message}; \`polymint client show\` says what it is registered for`, thrown);
  throw thrown;
}
