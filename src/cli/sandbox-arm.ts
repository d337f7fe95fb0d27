import { type Command, InvalidArgumentError } from "commander";
import { refusalCodes } from "../engine/refusal";
import type { Fault } from "../sandbox/fault";
import { describeFault } from "../sandbox/describe-fault";
import { toFaultJson } from "../sandbox/fault-json";
import { CommandError } from "./errors";
import { makeChoiceParser, makeNumberParser, omitUndefined, parseJson, UnstorableJsonError } from "./options";
import { addExamples, type CommandOutput, makeAction } from "./output";

/** By commander's names for the options. */
type ArmOptions = Pick<Fault, "refusal" | "status" | "times" | "field" | "rule" | "claims" | "expired" | "badSignature" | "wrongKid"> & {
  delay?: number;
  resetConnection?: true;
  truncate?: true;
  client?: string;
  retryAfter?: number;
  clock?: number;
};

const rules = ["required", "blank", "type", "enum", "pattern", "format", "min_length", "max_length", "exactly_one", "duplicated"] as const;

/** `polymint sandbox arm` */
export function addSandboxArm(sandbox: Command): void {
  const arm = sandbox
    .command("arm")
    .description("arm a fault: what goes wrong with valid requests for a contract or a service")
    .argument("<contract>", "the name of a contract or a service")
    .option("--refusal <code>", `refuse in the contract's own words: ${refusalCodes.join(", ")}`, makeChoiceParser(refusalCodes))
    .option("--status <status>", "refuse with this status, by the contract's usual refusal for it", makeNumberParser(200, 599))
    .option("--times <n>", "how many requests it meets; otherwise every one until it is cleared", makeNumberParser(1, 1_000_000))
    .option("--client <id>", "only requests whose credentials name this client")
    .option("--delay <time>", "wait before the request is dealt with: 1500ms or 2s", parseDelay)
    .option("--reset-connection", "deal with the request, then reset the connection")
    .option("--truncate", "deal with the request, then send half of the body and close")
    .option("--field <name>", "the field that the refusal names")
    .option("--rule <rule>", `the rule that it broke: ${rules.join(", ")}`, makeChoiceParser(rules))
    .option("--retry-after <seconds>", "what Retry-After says", makeNumberParser(0, 31_536_000))
    .option("--claims <json>", "claims of the tokens, in place of their own; null leaves one out", parseClaims)
    .option("--expired", "the tokens expired a minute ago")
    .option("--bad-signature", "the signature of the tokens is wrong")
    .option("--wrong-kid", "the tokens name a key that is not published")
    .option("--clock <time>", "deal with the request at another time: +2h, -30m, +90s or +7d", parseShift)
    .action(makeAction(armFault));
  addExamples(
    arm,
    "sandbox arm abbeycross --refusal throttled --times 2 --retry-after 30",
    "sandbox arm raidiam --status 503 --delay 1500ms --client acme",
    "sandbox arm weavr --refusal invalid_request --field identity.id --times 1",
    "sandbox arm screening-eagle --truncate --times 1",
    `sandbox arm firstvision --claims '{"aud":"elsewhere","scope":null}' --times 1`,
    "sandbox arm abbeycross --clock +2h --times 1 --json",
  );
}

async function armFault(contract: string, options: ArmOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { openFaults } = await import("../process/faults.js");
  const { recallSandbox } = await import("../process/sandbox-memory.js");
  const fault = makeFault(contract, options);
  return withSession(async (session) => {
    if ((await recallSandbox(session.database)) !== "on") throw new CommandError("conflict", noSandbox);
    await openFaults(session).arm(fault);
    return { json: { ...toFaultJson(fault) }, text: `Armed at ${contract}: ${nameRequests(fault)} ${describeFault(fault)}.` };
  });
}

function nameRequests({ times, clientId }: Fault): string {
  const client = clientId === undefined ? "" : ` of client ${clientId}`;
  if (times === undefined) return `until it is cleared, every request${client}`;
  return times === 1 ? `the next request${client}` : `each of the next ${times} requests${client}`;
}

const noSandbox =
  "the server that was started last on this database has no sandbox, so no request would meet this; start one with `polymint serve --sandbox` or --demo";

function makeFault(contract: string, { delay, resetConnection, truncate, client, retryAfter, clock, ...same }: ArmOptions): Fault {
  if (resetConnection && truncate) throw new CommandError("usage", "give --reset-connection or --truncate, not both");
  const drop = resetConnection ? ("reset" as const) : truncate ? ("truncate" as const) : undefined;
  return {
    contract,
    ...omitUndefined({ ...same, delayMs: delay, drop, clientId: client, retryAfterSeconds: retryAfter, clockSeconds: clock }),
  };
}

function parseDelay(value: string): number {
  const [, count, unit] = /^(\d{1,6})(ms|s)?$/.exec(value) ?? [];
  if (count === undefined) throw new InvalidArgumentError("It is a time like 1500ms or 2s.");
  return Number(count) * (unit === "s" ? 1_000 : 1);
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function parseShift(value: string): number {
  const [, sign, count, unit = ""] = /^([+-])(\d{1,7})([smhd])$/.exec(value) ?? [];
  if (count === undefined) throw new InvalidArgumentError("It is a time with its sign, like +2h or -30m.");
  return Number(`${sign}1`) * Number(count) * (seconds[unit] ?? 0);
}

function parseClaims(value: string): Readonly<Record<string, unknown>> {
  try {
    const claims = parseJson(value);
    if (typeof claims === "object" && claims !== null && !Array.isArray(claims)) return claims as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof UnstorableJsonError) throw new InvalidArgumentError(error.message);
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InvalidArgumentError(`It is a JSON object, like '{"aud":"elsewhere"}'.`);
}
