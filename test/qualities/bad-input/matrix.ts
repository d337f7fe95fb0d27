/**
 * Turns rows (one value of one request) times faults (`faults.ts`) into tests. Every test sends a bad request and checks the
 * wording of the response, its conformance to the spec, the one line in the log, that no secret leaks, and that the same
 * request with a good value is served afterwards.
 */
import type { TestPolymint } from "../../../src/testkit";
import { mustConform } from "../../harness/conformance";
import { type ContractWording, type ExpectedWording, summarizeNodeResponse } from "./expected-wording";
import { type FaultKind, type ValueFault, valueFaults } from "./faults";
import { type RawRequest, type ReceivedResponse, send } from "./request-builder";
import type { RequestPart } from "./request-parts";
import { secretsIn } from "./secrets";

/** A kind of request, and what a good one leads to. */
export interface RequestFlow {
  name: string;
  wording: ContractWording;
  /** Makes a fresh, good request, and everything on the server that it needs. */
  makeRequest: () => Promise<RawRequest>;
  /** Checks the response to a good request. By default it must be a 200 that conforms to the spec. */
  mustBeServed?: (response: ReceivedResponse) => Promise<void> | void;
  /** For requests that take something away: checks that what the request names is still valid after the bad request. */
  mustStayValid?: (request: RawRequest) => Promise<void>;
  /** The response may contain what was sent: pages show people what they typed. */
  repeatsInput?: true;
}

/** A bad request, and the same request with a good value. */
export interface SpecialCase {
  bad: RawRequest;
  good: RawRequest;
}

/** One value of one request, and the wording of the response to each fault of it. */
export interface MatrixRow {
  flow: RequestFlow;
  part: RequestPart;
  /** The response to a well-formed value that the server does not know. Null if every well-formed value is valid. */
  unknownWording: ExpectedWording | null;
  /** An unknown value is no error: the server treats it as if there were none. */
  tolerated?: true;
  /** Exceptions by the name of a fault. Null if that fault leaves the value valid here. */
  faultWordings?: Readonly<Partial<Record<string, ExpectedWording | null>>>;
  /** The response to special cases, if it is not `unknownWording`. */
  specialWording?: ExpectedWording;
  /** Values that are well-formed and bad for another reason, such as expired ones or those of another client. */
  specialCases?: Readonly<Record<string, () => Promise<SpecialCase>>>;
}

interface MatrixCase {
  kind: FaultKind;
  expected: ExpectedWording;
  /** The value is unknown: the response must be the same for every such value, byte by byte. */
  sameAsOthers: boolean;
  tolerated: boolean;
  makeRequests: () => Promise<SpecialCase>;
}

/** The first response to an unknown value, by its wording. */
type ReferenceResponses = Map<string, string>;

/** Defines one test for every row and every fault that its part can have. */
export function defineMatrixTests(rows: readonly MatrixRow[], server: () => TestPolymint): void {
  const references = new Map<RequestFlow, ReferenceResponses>();
  for (const row of rows) {
    const { flow, part } = row;
    const own = references.get(flow) ?? new Map<string, string>();
    references.set(flow, own);
    const cases = [...makeCases(row)].map(([name, one]) => [`${one.tolerated ? "ignores" : "refuses"} a bad value: ${name}`, one] as const);
    describe(`${flow.name}: ${part.name}`, () => {
      it.each(cases)("%s", async (_title, one) => checkCase(server(), flow, one, own));
    });
  }
}

function makeCases(row: MatrixRow): Map<string, MatrixCase> {
  const { flow, part, unknownWording, faultWordings = {}, specialCases = {}, specialWording = unknownWording, tolerated = false } = row;
  const everyValueIsValid = unknownWording === null;
  const cases = new Map<string, MatrixCase>();
  for (const fault of valueFaults) {
    const exception = faultWordings[fault.name];
    const { kind } = fault;
    if (!fault.partKinds.includes(part.kind) || exception === null) continue;
    if (everyValueIsValid && kind === "unknown" && exception === undefined) continue;
    const expected = exception ?? chooseWording(fault, row);
    cases.set(fault.name, {
      kind,
      expected,
      sameAsOthers: kind === "unknown" && exception === undefined,
      tolerated: tolerated && expected === unknownWording,
      makeRequests: () => spoilPart(fault, flow, part),
    });
  }
  for (const [name, makeRequests] of Object.entries(specialCases)) {
    const exception = faultWordings[name];
    const expected = exception ?? specialWording ?? "";
    cases.set(name, { kind: "unknown", expected, sameAsOthers: exception === undefined, tolerated, makeRequests });
  }
  return cases;
}

function chooseWording({ kind }: ValueFault, { flow, part, unknownWording }: MatrixRow): ExpectedWording {
  if (kind === "unknown") return unknownWording ?? "";
  if (kind === "noHttp") return "400 invalid_request: The request is not valid HTTP.";
  if (kind === "headersTooLarge") return "431 invalid_request: The request target and headers are too large.";
  return flow.wording.refusals[kind](part.name);
}

async function spoilPart(fault: ValueFault, flow: RequestFlow, part: RequestPart): Promise<SpecialCase> {
  const good = await flow.makeRequest();
  return { bad: part.replace(good, ...fault.makeValues(part.read(good))), good };
}

async function checkCase(
  { url, logs }: TestPolymint,
  flow: RequestFlow,
  { kind, expected, sameAsOthers, tolerated, makeRequests }: MatrixCase,
  references: ReferenceResponses,
): Promise<void> {
  const firstLine = logs.length;
  const { bad, good } = await makeRequests();
  const firstLineOfBad = logs.length;
  const response = await send(url, bad);
  const reachedContract = kind !== "noHttp" && kind !== "headersTooLarge";
  const summary = reachedContract ? flow.wording.summarize(response) : summarizeNodeResponse(response);
  if (typeof expected === "string") expect(summary).toBe(expected);
  else expect(summary).toMatch(expected);
  if (reachedContract) {
    mustFitContract(response, flow.wording, bad);
    mustLogReason(logs.slice(firstLineOfBad), response, tolerated);
  }

  if (sameAsOthers) {
    const text = removeChangingParts(response);
    expect(text).toBe(references.get(summary) ?? text);
    references.set(summary, text);
  }

  await flow.mustStayValid?.(good);
  await mustBeServed(flow, await send(url, good), good);

  const visible = JSON.stringify([logs.slice(firstLine), flow.repeatsInput === true ? "" : [response.headers, response.text]]);
  for (const secret of [...secretsIn(bad), ...secretsIn(good)]) expect(visible).not.toContain(JSON.stringify(secret).slice(1, -1));
}

/** Checks that the response is what a good request of the flow gets. */
export async function mustBeServed(flow: RequestFlow, response: ReceivedResponse, request: RawRequest): Promise<void> {
  if (flow.mustBeServed !== undefined) return flow.mustBeServed(response);
  expect({ status: response.status, text: response.status === 200 ? "" : response.text }).toEqual({ status: 200, text: "" });
  mustFitContract(response, flow.wording, request);
}

/** Checks the response against the spec, and that it may not be cached. */
export function mustFitContract(response: ReceivedResponse, { contract }: ContractWording, { path, method }: RawRequest): void {
  if (contract !== null) mustConform(response, contract, path, method.toLowerCase());
  expect(response.headers["cache-control"]).toBe("no-store");
}

/** Checks that there is one line, with a reason that is not in the response. */
function mustLogReason(lines: readonly Record<string, unknown>[], { status, text }: ReceivedResponse, tolerated: boolean): void {
  expect(lines).toHaveLength(1);
  const [line = {}] = lines;
  expect(line).toMatchObject({ status });
  expect(line.outcome === "ok").toBe(tolerated);
  if (tolerated) return;
  expect(line.detail).toMatch(/\S/);
  expect(text).not.toContain(line.detail);
}

const changingHeaders = ["date", "content-length", "request-ref", "x-fapi-interaction-id", "correlationid"];

/** The response without what differs from one response to the next. */
function removeChangingParts({ status, headers, text }: ReceivedResponse): string {
  const kept = Object.entries(headers as Record<string, string>)
    .filter(([name]) => !changingHeaders.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;
  const partsOfLinks = /login_after[^"]*|user_code=[A-Z-]*/g;
  return JSON.stringify([status, kept, text.replaceAll(uuid, "").replaceAll(/ value="[^"]*"/g, "")]).replaceAll(partsOfLinks, "");
}
