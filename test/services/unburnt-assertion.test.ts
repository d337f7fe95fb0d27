import express from "express";
import request from "supertest";
import { Refusal } from "../../src/engine/refusal";
import { buildEngine, type Engine } from "../../src/app/engine";
import { resolveOptions } from "../../src/app/options";
import { buildServiceApis } from "../../src/app/services";
import { makeCapacity } from "../../src/http/capacity";
import { type Deadline, makeDeadline } from "../../src/http/deadline";
import { mountApis } from "../../src/http/mount";
import { directPeer } from "../../src/http/peer";
import { makeAssertions } from "../../src/store/ledger/assertions";
import type { Database } from "../../src/store/database";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { registerApp } from "../harness/screening-eagle-app";
import { type AssertionClient, registerAssertionClient } from "../harness/assertion-client";
import { appOptionsOf } from "../harness/app-options";

jest.setTimeout(30_000);

const requestWaitMs = 250;

/** What is locked and how, and the requests and tokens that wait for the lock. */
const faults: readonly { lock: string; asked: readonly ("introspect" | "revoke")[]; tokens: readonly ("access" | "refresh")[] }[] = [
  { lock: "issued_tokens, token_families IN ACCESS EXCLUSIVE MODE", asked: ["introspect", "revoke"], tokens: ["access", "refresh"] },
  { lock: "signing_keys IN ACCESS EXCLUSIVE MODE", asked: ["introspect", "revoke"], tokens: ["access"] },
  { lock: "issued_tokens, token_families IN SHARE MODE", asked: ["revoke"], tokens: ["access", "refresh"] },
];

/** Builds the part of a server that is tested here, in the right way or in a broken one. */
type ServerVariant = (engine: Engine, database: Database) => { engine: Engine; deadline: Deadline };

/** When true, the deadline is off, so that a slow machine causes no second fault. */
let isOver = false;

function makeTestDeadline(database: Database): Deadline {
  const deadline = makeDeadline(requestWaitMs, () => database.isSlow());
  return { run: (work, caller) => (isOver ? work() : deadline.run(work, caller)) };
}

const variants = {
  "as it is": (engine, database) => ({ engine, deadline: makeTestDeadline(database) }),
  "that spends the assertion first": (engine, database) => ({
    engine: { ...engine, authenticate: makeSpendingFirst(engine, database) },
    deadline: makeTestDeadline(database),
  }),
  "that continues a request that was given up": (engine, database) => ({
    engine,
    deadline: { run: (work, caller) => makeTestDeadline(database).run(work, { ...caller }) },
  }),
} satisfies Record<string, ServerVariant>;
type VariantName = keyof typeof variants;

function makeSpendingFirst({ authenticate }: Engine, database: Database): Engine["authenticate"] {
  return async (...asked) => {
    const { spends, ...authenticated } = await authenticate(...asked);
    if (spends !== undefined && !(await makeAssertions(database).spend(spends))) throw new Refusal("invalid_client", "spent");
    return authenticated;
  };
}

let polymint: TestPolymint;
let client: AssertionClient;
let wrongAnswers: Readonly<Record<VariantName, readonly string[]>>;

beforeAll(async () => {
  polymint = await startPolymint({ poolMax: 16 });
  client = await registerAssertionClient(polymint, { contracts: ["raidiam"], services: ["introspection", "revocation"] });
  wrongAnswers = await findWrongAnswers();
});
afterAll(() => polymint.stop());

async function startServer(build: ServerVariant): Promise<express.Express> {
  const settings = resolveOptions(appOptionsOf(polymint));
  const { engine, deadline } = build(buildEngine(settings), polymint.database);
  const app = express();
  const apis = buildServiceApis(engine, settings, () => true).filter(({ name }) => name === "oauth2");
  const options = { validateResponses: true, started: () => true, peerOf: directPeer, countSource: undefined, onOutcome: () => undefined };
  await mountApis(app, apis, { ...options, capacity: makeCapacity(100), deadline, origins: engine.origins });
  return app;
}

async function issueTokens(): Promise<Record<"access" | "refresh", string>> {
  const given = await request(polymint.url).post("/token").type("form").send(client.proof()).expect(200);
  const { refresh_token: refresh } = await (await registerApp(polymint)).tokens();
  // The contract's clients have secrets, so the token is moved to this client.
  await polymint.database.build((knex) => knex("token_families").update({ client_id: client.id }));
  return { access: (given.body as { access_token: string }).access_token, refresh };
}

/** Sends each request to all servers during each fault and again afterwards. @returns the wrong answers of each server */
async function findWrongAnswers(): Promise<Record<VariantName, string[]>> {
  const names = Object.keys(variants) as VariantName[];
  const servers = await Promise.all(names.map((name) => startServer(variants[name])));
  const tokens = await issueTokens();
  const found = names.map((): string[] => []);
  for (const { lock, asked, tokens: kinds } of faults) {
    const tries = servers.flatMap((server, at) =>
      asked.flatMap((what) => kinds.map((kind) => ({ at, what, kind, send: makeSend(server, `/oauth2/${what}`, tokens[kind]) }))),
    );
    const during = await whileLocked(lock, () => Promise.all(tries.map(({ send }) => send())));
    await waitUntilIdle();
    isOver = true;
    const after = await Promise.all(tries.map(({ send }) => send()));
    isOver = false;
    tries.forEach(({ at, what, kind }, index) => {
      if (during[index] === 503 && after[index] === 200) return;
      found[at]?.push(`${what} ${kind}, ${lock}: ${during[index]}, ${after[index]}`);
    });
  }
  return Object.fromEntries(names.map((name, at) => [name, found[at] ?? []])) as Record<VariantName, string[]>;
}

/** @returns a function that sends the same request each time, assertion included */
function makeSend(server: express.Express, path: string, token: string): () => Promise<number> {
  const form = { token, ...client.proof() };
  return async () => (await request(server).post(path).type("form").send(form)).status;
}

function whileLocked<T>(lock: string, work: () => Promise<T>): Promise<T> {
  return polymint.database.transaction(async (transaction) => {
    await transaction.raw(`LOCK TABLE ${lock}`);
    return work();
  });
}

/** Waits until the requests that were given up have ended too. */
async function waitUntilIdle(): Promise<void> {
  for (let rests = 0; rests < 5;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { used, pending } = polymint.database.poolUsage();
    rests = used + pending === 0 ? rests + 1 : 0;
  }
}

describe("an assertion of a request that a fault kept from being answered", () => {
  it("is accepted again once the fault is over", () => {
    expect(wrongAnswers["as it is"]).toEqual([]);
  });

  it.each(["that spends the assertion first", "that continues a request that was given up"] as const)(
    "(control) is refused by a server %s",
    (name) => {
      const burnt = faults.flatMap(({ lock, asked, tokens }) =>
        asked.flatMap((what) => tokens.map((kind) => `${what} ${kind}, ${lock}: 503, 401`)),
      );
      expect(wrongAnswers[name]).toEqual(burnt);
    },
  );
});
