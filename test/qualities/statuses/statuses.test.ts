/** Produces every declared status at a running server, and compares the results with docs/statuses.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustConform } from "../../harness/conformance";
import { services, wiring } from "../../../generated/wiring";
import { statusKey } from "./cause";
import { causes } from "./causes";
import { readDeclaredStatuses } from "./declared-statuses";
import { allOperations } from "./operations";
import { type ProducedStatus, renderPage } from "./page";
import { describeAnswer, notReplayed, type Replay, replay } from "./replay";
import { startStatusServers, type StatusServers } from "./servers";

const page = join(__dirname, "..", "..", "..", "docs", "statuses.md");
/** `everyContract` produces the statuses of a contract that has no causes of its own here. */
const withoutCauses = new Set<string>(
  wiring.map(({ name }) => name).filter((name) => allOperations.every(({ contract }) => contract !== name)),
);
/** The services of the sandbox are no part of a server in good order; test/sandbox has their statuses. */
const partsOfSandbox = new Set(services.filter(({ definition }) => "partOfSandbox" in definition).map(({ name }) => name));
const declaredStatuses = readDeclaredStatuses().filter(
  ({ contract }) => !withoutCauses.has(contract) && !partsOfSandbox.has(contract as never),
);
const declaredKeys = declaredStatuses.map(statusKey);

let servers: StatusServers;
const produced: ProducedStatus[] = [];
const replays: Replay[] = [];
beforeAll(async () => {
  servers = await startStatusServers();
});
afterAll(() => servers.stop());

jest.setTimeout(60_000);

it("every declared status has a cause", () => {
  const causedKeys = new Set(causes.map(statusKey));
  expect(declaredKeys.filter((key) => !causedKeys.has(key))).toEqual([]);
});

it("every cause belongs to a declared status", () => {
  expect(causes.map(statusKey).filter((key) => !declaredKeys.includes(key))).toEqual([]);
});

it.each(causes.map((cause) => [`${statusKey(cause)} is the answer to: ${cause.description}`, cause] as const))(
  "%s",
  async (_name, cause) => {
    const answer = await cause.produce(servers);
    expect({ status: answer.status, text: answer.status === cause.status ? "" : answer.text }).toEqual({ status: cause.status, text: "" });
    mustConform(answer, cause.contract, cause.path, cause.method);
    produced.push({ cause, answer });
    const refusal = servers.lastRefusal();
    if (refusal !== undefined) replays.push(await replay(servers, cause, answer, refusal));
  },
);

it("docs/statuses.md says what the servers answered", () => {
  const written = renderPage(declaredStatuses, produced);
  if (process.env.UPDATE_STATUSES !== undefined) writeFileSync(page, written);
  expect(readFileSync(page, "utf8")).toBe(written);
});

it("the sandbox refuses a good request as each of these was refused, equal but for ids", () => {
  const answers = replays.flatMap(({ cause, natural, replayed }) => (replayed === undefined ? [] : [{ cause, natural, replayed }]));
  const describeAll = (which: "natural" | "replayed") =>
    answers.map((each) => ({ cause: `${statusKey(each.cause)}: ${each.cause.description}`, ...describeAnswer(each[which]) }));
  expect(describeAll("replayed")).toEqual(describeAll("natural"));
});

it("of all answers that are no 200, the sandbox cannot give a few, each for a reason", () => {
  const given = new Set(replays.filter(({ replayed }) => replayed !== undefined).map(({ cause }) => cause));
  const left = causes.filter((cause) => cause.status >= 300 && !given.has(cause));
  const counts = notReplayed.map(({ isSuch, reason }) => ({ reason, count: left.filter(isSuch).length }));
  expect(counts).toEqual(notReplayed.map(({ reason, count }) => ({ reason, count })));
  expect(left.filter((cause) => notReplayed.every(({ isSuch }) => !isSuch(cause))).map(statusKey)).toEqual([]);
});
