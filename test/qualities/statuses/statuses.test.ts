import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Response } from "supertest";
import { mustConform } from "../../harness/conformance";
import { statusKey } from "./cause";
import { causes } from "./causes";
import { readDeclaredStatuses } from "./declared";
import { type ProducedStatus, renderPage } from "./page";
import { startStatusServers, type StatusServers } from "./stage";

const page = join(__dirname, "..", "..", "..", "docs", "statuses.md");
const pairs = readDeclaredStatuses();
const named = pairs.map(statusKey);

let stage: StatusServers;
const proofs: ProducedStatus[] = [];
beforeAll(async () => {
  stage = await startStatusServers();
});
afterAll(() => stage.stop());

jest.setTimeout(60_000);

it("every declared status has a cause", () => {
  const caused = new Set(causes.map(statusKey));
  expect(named.filter((pair) => !caused.has(pair))).toEqual([]);
});

it("every cause is of a status that is declared", () => {
  expect(causes.map(statusKey).filter((pair) => !named.includes(pair))).toEqual([]);
});

it.each(causes.map((cause) => [`${statusKey(cause)}: ${cause.description}`, cause] as const))("%s", async (_name, cause) => {
  const answer = await cause.produce(stage);
  expect({ status: answer.status, text: answer.status === cause.status ? "" : answer.text }).toEqual({ status: cause.status, text: "" });
  mustConform(answer as Response, cause.contract, cause.path, cause.method);
  proofs.push({ cause, answer });
});

it("docs/statuses.md says the same", () => {
  const written = renderPage(pairs, proofs);
  if (process.env.UPDATE_STATUSES !== undefined) writeFileSync(page, written);
  expect(readFileSync(page, "utf8")).toBe(written);
});
