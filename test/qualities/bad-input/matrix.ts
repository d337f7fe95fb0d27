import type { Response } from "supertest";
import type { TestPolymint } from "../../../src/testkit";
import { mustConform } from "../../harness/conformance";
import { type Column, columns, type Verdict } from "./faults";
import { type Answer, type Draft, send } from "./request-builder";
import type { Place } from "./request-parts";
import { secretsIn } from "./secrets";
import { noContract, type Voice, type Wording } from "./expected-wording";

/** A request that can be made, and what comes of it if nothing is wrong with it. */
export interface Flow {
  name: string;
  voice: Voice;
  /** A fresh request that is good, with everything made for it that it needs. */
  draft: () => Promise<Draft>;
  /** Sees that the answer to it is what a good request gets, which is a 200 for most. */
  mustServe?: (answer: Answer) => Promise<void> | void;
  /** Sees that what the good request is about is as it was, for requests that take something away. */
  mustStand?: (draft: Draft) => Promise<void>;
  /** Pages show people what they typed. */
  repeatsInput?: true;
}

/** A request that is bad in a way of its own, and the same with that mended. */
export interface Special {
  bad: Draft;
  mended: Draft;
}

/** One value of one request, which can be bad in many ways. */
export interface Row {
  flow: Flow;
  place: Place;
  /** What is said of a well-formed value that nobody knows. Null where any such value serves. */
  unknown: Wording | null;
  /** It is no fault to bring such a value, but no better than to bring none. */
  tolerated?: true;
  /** What is said of some columns, in place of what the contract says of any place. Null for a column that does not make a fault here. */
  says?: Readonly<Partial<Record<string, Wording | null>>>;
  /** Bad by what has happened to it, or by whose it is; with what is said of them, if they are better formed than the others. */
  specialsSay?: Wording;
  specials?: Readonly<Record<string, () => Promise<Special>>>;
}

interface Case {
  verdict: Verdict;
  says: Wording;
  /** Whether the value is one that nobody knows: the answer is then the same, byte by byte, whatever is wrong with it. */
  alike: boolean;
  tolerated: boolean;
  make: () => Promise<Special>;
}

/** Answers to unknown values that were given first, by their wording. */
type References = Map<string, string>;

export function proveTable(rows: readonly Row[], server: () => TestPolymint): void {
  const references = new Map<Flow, References>();
  for (const row of rows) {
    const { flow, place } = row;
    const own = references.get(flow) ?? new Map<string, string>();
    references.set(flow, own);
    describe(`${flow.name}: ${place.name}`, () => {
      it.each([...casesOf(row)])("%s", async (_name, one) => prove(server(), flow, one, own));
    });
  }
}

function casesOf(row: Row): Map<string, Case> {
  const { flow, place, unknown, says = {}, specials = {}, specialsSay = unknown, tolerated = false } = row;
  const knowsAll = unknown === null;
  const cases = new Map<string, Case>();
  for (const column of columns) {
    const own = says[column.name];
    const { verdict } = column;
    if (!column.kinds.includes(place.kind) || own === null || (knowsAll && verdict === "unknown" && own === undefined)) continue;
    cases.set(column.name, {
      verdict,
      says: own ?? wordingOf(column, row),
      alike: verdict === "unknown" && own === undefined,
      tolerated: tolerated && (own ?? wordingOf(column, row)) === unknown,
      make: () => spoilt(column, flow, place),
    });
  }
  for (const [name, make] of Object.entries(specials))
    cases.set(name, { verdict: "unknown", says: says[name] ?? specialsSay ?? "", alike: says[name] === undefined, tolerated, make });
  return cases;
}

function wordingOf({ verdict }: Column, { flow, place, unknown }: Row): Wording {
  if (verdict === "unknown") return unknown ?? "";
  if (verdict === "noHttp") return "400 invalid_request: The request is not valid HTTP.";
  if (verdict === "headersTooLarge") return "431 invalid_request: The request target and headers are too large.";
  return flow.voice.says[verdict](place.name);
}

async function spoilt(column: Column, flow: Flow, place: Place): Promise<Special> {
  const mended = await flow.draft();
  return { bad: place.put(mended, ...column.values(place.get(mended))), mended };
}

/** The answer is the contract's own, the log says why and tells nothing, and the request with its fault mended is served. */
async function prove(
  { url, logs }: TestPolymint,
  flow: Flow,
  { verdict, says, alike, tolerated, make }: Case,
  references: References,
): Promise<void> {
  const began = logs.length;
  const { bad, mended } = await make();
  const logged = logs.length;
  const answer = await send(url, bad);
  const reachedUs = verdict !== "noHttp" && verdict !== "headersTooLarge";
  const said = (reachedUs ? flow.voice.said : noContract)(answer);
  if (typeof says === "string") expect(said).toBe(says);
  else expect(said).toMatch(says);
  if (reachedUs) mustFitContract(answer, flow.voice, bad);

  if (reachedUs) mustSayWhy(logs.slice(logged), answer, tolerated);

  if (alike) {
    const plain = withoutIds(answer);
    expect(plain).toBe(references.get(said) ?? plain);
    references.set(said, plain);
  }

  await flow.mustStand?.(mended);
  await mustServe(flow, await send(url, mended), mended);

  const told = JSON.stringify([logs.slice(began), flow.repeatsInput === true ? "" : [answer.headers, answer.text]]);
  for (const secret of [...secretsIn(bad), ...secretsIn(mended)]) expect(told).not.toContain(JSON.stringify(secret).slice(1, -1));
}

/** Sees that this is what a good request gets. */
export async function mustServe(flow: Flow, answer: Answer, draft: Draft): Promise<void> {
  if (flow.mustServe !== undefined) return flow.mustServe(answer);
  expect({ status: answer.status, text: answer.status === 200 ? "" : answer.text }).toEqual({ status: 200, text: "" });
  mustFitContract(answer, flow.voice, draft);
}

export function mustFitContract(answer: Answer, { contract }: Voice, { path, method }: Draft): void {
  if (contract !== null) mustConform(answer as Response, contract, path, method.toLowerCase());
  expect(answer.headers["cache-control"]).toBe("no-store");
}

/** One line, whose reason is for the log alone. */
function mustSayWhy(lines: readonly Record<string, unknown>[], { status, text }: Answer, tolerated: boolean): void {
  expect(lines).toHaveLength(1);
  const [line = {}] = lines;
  expect(line).toMatchObject({ status });
  expect(line.outcome === "ok").toBe(tolerated);
  if (tolerated) return;
  expect(line.detail).toMatch(/\S/);
  expect(text).not.toContain(line.detail);
}

const ids = ["date", "content-length", "request-ref", "x-fapi-interaction-id", "correlationid"];

/** All of an answer but what is made anew for each. */
function withoutIds({ status, headers, text }: Answer): string {
  const kept = Object.entries(headers as Record<string, string>)
    .filter(([name]) => !ids.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;
  const timed = /login_after[^"]*/g;
  return JSON.stringify([status, kept, text.replaceAll(uuid, "").replaceAll(/ value="[^"]*"/g, "")]).replaceAll(timed, "");
}
