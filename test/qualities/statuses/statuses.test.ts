import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Response } from "supertest";
import { mustConform } from "../../harness/conformance";
import { pairOf } from "./cause";
import { causes } from "./causes";
import { declaredPairs } from "./declared";
import { type Proof, statusesPage } from "./page";
import { setStage, type Stage } from "./stage";

const page = join(__dirname, "..", "..", "..", "docs", "statuses.md");
const pairs = declaredPairs();
const named = pairs.map(pairOf);

let stage: Stage;
const proofs: Proof[] = [];
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.stop());

jest.setTimeout(60_000);

it("every declared status has a cause", () => {
  const caused = new Set(causes.map(pairOf));
  expect(named.filter((pair) => !caused.has(pair))).toEqual([]);
});

it("every cause is of a status that is declared", () => {
  expect(causes.map(pairOf).filter((pair) => !named.includes(pair))).toEqual([]);
});

it.each(causes.map((cause) => [`${pairOf(cause)}: ${cause.words}`, cause] as const))("%s", async (_name, cause) => {
  const answer = await cause.produce(stage);
  expect({ status: answer.status, text: answer.status === cause.status ? "" : answer.text }).toEqual({ status: cause.status, text: "" });
  mustConform(answer as Response, cause.contract, cause.path, cause.method);
  proofs.push({ cause, answer });
});

it("docs/statuses.md says the same", () => {
  const written = statusesPage(pairs, proofs);
  if (process.env.UPDATE_STATUSES !== undefined) writeFileSync(page, written);
  expect(readFileSync(page, "utf8")).toBe(written);
});
