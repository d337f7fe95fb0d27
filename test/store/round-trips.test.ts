/**
 * What each flow costs the database: statements, and round trips one after the other, which is what the caller waits for. Cold
 * means that the server was idle for a second, so that it remembers no client, no key and no caller.
 */
import { setTimeout as sleep } from "node:timers/promises";
import request, { type Response } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { basic, logIn, tokenOf } from "../harness/bearer-tokens";
import { type FaultyWire, makeFaultyWire } from "../../src/contract-suite/faulty-wire";
import { registerApp, type ScreeningEagleApp } from "../harness/screening-eagle-app";
import { apiKeyOf, identityOf, requestAccessToken } from "../harness/weavr-requests";

/** Milliseconds, each way, so that statements that do not wait for each other are sent before the first answer. */
const slowByMs = 8;

/** Milliseconds, each way, while requests are prepared: the least that a wire can be slow without closing its connections. */
const hardlySlowMs = 1;

/** A server on a database of its own, and what its requests need. */
interface Stand {
  wire: FaultyWire;
  polymint: TestPolymint;
  app: ScreeningEagleApp;
  introspector: string;
}

/** So many servers become cold together, and each measures a third of the flows. */
const standCount = 4;
let stands: readonly Stand[];

beforeAll(async () => {
  stands = await Promise.all(Array.from({ length: standCount }, startStand));
  await measureAll();
}, 60_000);
afterAll(() => Promise.all(stands.map(({ polymint, wire }) => polymint.stop().then(() => wire.close()))));

async function startStand(): Promise<Stand> {
  const wire = await makeFaultyWire();
  // The limits that are in force by default, but for the number of logins.
  const limits = { failures: { count: 1000, windowSeconds: 60 }, failuresFrom: { count: 200, windowSeconds: 900 } };
  const polymint = await startPolymint({ limits, connectThrough: (connection) => wire.through(connection) });
  const app = await registerApp(polymint);
  const { client, secret } = await polymint.register({ contracts: [], services: ["introspection"] });
  // Afterwards the server knows the partition of the day, and has made its keys.
  await tokenOf(polymint, "abbeycross");
  await app.tokens();
  return { wire, polymint, app, introspector: basic(client.id, secret?.value ?? "") };
}

type Send = () => PromiseLike<Response>;

/** Each makes what a request needs, and returns the request. */
const flows: Readonly<Record<string, (stand: Stand) => Promise<Send>>> = {
  "client_credentials with a secret": async ({ polymint }) => {
    const { clientId, secret } = polymint.clients.abbeycross;
    return () => request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret });
  },
  "client_credentials with private_key_jwt": async ({ polymint }) => {
    const client_assertion = polymint.clients.raidiam.assertion(polymint.issuer);
    const client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    return () => request(polymint.url).post("/token").type("form").send({ client_assertion_type, client_assertion });
  },
  "introspection of a client's token": async (stand) => introspect(stand, await tokenOf(stand.polymint, "abbeycross")),
  "introspection of a person's token": async (stand) => introspect(stand, (await stand.app.tokens()).access_token),
  "introspection of a user's token": async (stand) => introspect(stand, await tokenOf(stand.polymint, "weavr")),
  "introspection of a refresh token": async (stand) => introspect(stand, (await stand.app.tokens()).refresh_token),
  "a user's token for an auth token": async (stand) => exchange(stand, await logIn(stand.polymint)),
  "a user's token for an access token": async (stand) => exchange(stand, await tokenOf(stand.polymint, "weavr")),
  "a refresh": async ({ app }) => {
    const { refresh_token } = await app.tokens();
    return () => app.refresh(refresh_token);
  },
  "a refresh within the grace": async ({ app }) => {
    const { refresh_token } = await app.tokens();
    await app.refresh(refresh_token).expect(200);
    return () => app.refresh(refresh_token);
  },
  "a code's redemption": async ({ app }) => {
    const granted = await app.authorize();
    return () => app.redeem(granted);
  },
  "a one-time token's redemption": async ({ polymint }) => {
    const body = { identity: identityOf(polymint), token: await polymint.createOneTimeToken() };
    return () => requestAccessToken(polymint, apiKeyOf(polymint), body);
  },
};

function introspect({ polymint, introspector }: Stand, token: string): Send {
  return () => request(polymint.url).post("/oauth2/introspect").set("Authorization", introspector).type("form").send({ token });
}

function exchange({ polymint }: Stand, token: string): Send {
  const body = { identity: identityOf(polymint) };
  return () => requestAccessToken(polymint, apiKeyOf(polymint), body).set("Authorization", `Bearer ${token}`);
}

/** Statements, and round trips one after the other. */
type Cost = readonly [statements: number, trips: number];
type Costs = Readonly<Record<"cold" | "warm", Cost>>;

async function measure({ polymint, wire }: Stand, send: Send): Promise<Cost> {
  const before = { statements: polymint.statements.length, trips: wire.countTrips() };
  const { status, text } = await send();
  expect({ status, text: status === 200 ? "" : text }).toEqual({ status: 200, text: "" });
  return [polymint.statements.length - before.statements, wire.countTrips() - before.trips];
}

/** Makes both requests of a flow, and the connections for statements that do not wait for each other: opening one would count. */
async function prepare(flow: string, stand: Stand) {
  stand.wire.slow(hardlySlowMs);
  const [first, second] = [await flows[flow]?.(stand), await flows[flow]?.(stand)];
  await Promise.all(Array.from({ length: 4 }, () => stand.polymint.database.ping()));
  stand.wire.slow(slowByMs);
  return { flow, stand, first: first as Send, second: second as Send };
}

const measured = new Map<string, Costs>();

/** Measures for each flow a first request and, right after it, a second one. */
async function measureAll(): Promise<void> {
  for (let left = Object.keys(flows); left.length > 0; left = Object.keys(flows).filter((flow) => !measured.has(flow))) {
    const some = await Promise.all(left.slice(0, standCount).map((flow, at) => prepare(flow, stands[at] as Stand)));
    // Afterwards the servers remember nothing.
    await sleep(1_050);
    for (const { flow, stand, first, second } of some) {
      const began = performance.now();
      const cold = await measure(stand, first);
      const warm = await measure(stand, second);
      // A busy machine may need another try.
      if (performance.now() - began < 1_000) measured.set(flow, { cold, warm });
    }
  }
}

/** Statements and round trips, BEGIN and COMMIT included. A change that saves some lowers the figures here. */
const costs: Readonly<Record<string, Costs>> = {
  "client_credentials with a secret": { cold: [4, 2], warm: [1, 1] },
  "client_credentials with private_key_jwt": { cold: [4, 2], warm: [1, 1] },
  "introspection of a client's token": { cold: [4, 2], warm: [1, 1] },
  "introspection of a person's token": { cold: [4, 2], warm: [1, 1] },
  "introspection of a user's token": { cold: [4, 2], warm: [1, 1] },
  "introspection of a refresh token": { cold: [5, 3], warm: [1, 1] },
  "a user's token for an auth token": { cold: [5, 3], warm: [2, 2] },
  "a user's token for an access token": { cold: [12, 10], warm: [9, 9] },
  "a refresh": { cold: [7, 5], warm: [4, 4] },
  "a refresh within the grace": { cold: [9, 7], warm: [6, 6] },
  "a code's redemption": { cold: [7, 5], warm: [4, 4] },
  "a one-time token's redemption": { cold: [8, 6], warm: [5, 5] },
};

test.each(Object.keys(flows))("%s costs so much when the server is cold, and when it is warm", (flow) => {
  expect({ flow, ...measured.get(flow) }).toEqual({ flow, ...costs[flow] });
});
