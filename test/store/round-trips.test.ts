/**
 * What each flow costs the database: statements, and round trips one after the other, which is what the caller waits for. Cold
 * means that the server was idle for a second, so that it remembers no client, no key and no caller.
 */
import { setTimeout as sleep } from "node:timers/promises";
import request, { type Response } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { basic, logIn, tokenOf } from "../harness/bearer-tokens";
import { type FaultyWire, makeFaultyWire } from "../harness/faulty-wire";
import { registerApp, type ScreeningEagleApp } from "../harness/screening-eagle-app";
import { apiKeyOf, identityOf, requestAccessToken } from "../harness/weavr-requests";

/** Milliseconds, each way, so that statements that do not wait for each other are sent before the first answer. */
const slowByMs = 8;

let wire: FaultyWire;
let polymint: TestPolymint;
let app: ScreeningEagleApp;
let introspector: string;

beforeAll(async () => {
  wire = await makeFaultyWire();
  // The limits that are in force by default, but for the number of logins.
  const limits = { failures: { count: 1000, windowSeconds: 60 }, failuresFrom: { count: 200, windowSeconds: 900 } };
  polymint = await startPolymint({ limits, connectThrough: (connection) => wire.through(connection) });
  app = await registerApp(polymint);
  const { client, secret } = await polymint.register({ contracts: [], services: ["introspection"] });
  introspector = basic(client.id, secret?.value ?? "");
  // Afterwards the server knows the partition of the day.
  await tokenOf(polymint, "abbeycross");
  wire.slow(slowByMs);
});
afterAll(async () => {
  await polymint.stop();
  await wire.close();
});

type Send = () => PromiseLike<Response>;

/** Each makes what a request needs, and returns the request. */
const flows: Readonly<Record<string, () => Promise<Send>>> = {
  "client_credentials with a secret": async () => {
    const { clientId, secret } = polymint.clients.abbeycross ?? {};
    return () => request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret });
  },
  "client_credentials with private_key_jwt": async () => {
    const client_assertion = polymint.clients.raidiam?.assertion(polymint.issuer);
    const client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    return () => request(polymint.url).post("/token").type("form").send({ client_assertion_type, client_assertion });
  },
  "introspection of a client's token": async () => introspect(await tokenOf(polymint, "abbeycross")),
  "introspection of a person's token": async () => introspect((await app.tokens()).access_token),
  "introspection of a user's token": async () => introspect(await tokenOf(polymint, "weavr")),
  "introspection of a refresh token": async () => introspect((await app.tokens()).refresh_token),
  "a user's token for an auth token": async () => exchange(await logIn(polymint)),
  "a user's token for an access token": async () => exchange(await tokenOf(polymint, "weavr")),
  "a refresh": async () => {
    const { refresh_token } = await app.tokens();
    return () => app.refresh(refresh_token);
  },
  "a refresh within the grace": async () => {
    const { refresh_token } = await app.tokens();
    await app.refresh(refresh_token).expect(200);
    return () => app.refresh(refresh_token);
  },
  "a code's redemption": async () => {
    const granted = await app.authorize();
    return () => app.redeem(granted);
  },
  "a one-time token's redemption": async () => {
    const body = { identity: identityOf(polymint), token: await polymint.createOneTimeToken() };
    return () => requestAccessToken(polymint, apiKeyOf(polymint), body);
  },
};

function introspect(token: string): Send {
  return () => request(polymint.url).post("/oauth2/introspect").set("Authorization", introspector).type("form").send({ token });
}

function exchange(token: string): Send {
  const body = { identity: identityOf(polymint) };
  return () => requestAccessToken(polymint, apiKeyOf(polymint), body).set("Authorization", `Bearer ${token}`);
}

/** Statements, and round trips one after the other. */
type Cost = readonly [statements: number, trips: number];

async function measure(send: Send): Promise<Cost> {
  const before = { statements: polymint.statements.length, trips: wire.countTrips() };
  const { status, text } = await send();
  expect({ status, text: status === 200 ? "" : text }).toEqual({ status: 200, text: "" });
  return [polymint.statements.length - before.statements, wire.countTrips() - before.trips];
}

/** Waits until the server remembers nothing. */
async function coolDown(): Promise<void> {
  // Statements that do not wait for each other need a connection each, and opening one would count.
  await Promise.all(Array.from({ length: 4 }, () => polymint.database.ping()));
  await sleep(1_050);
}

/** Measures a first request and, right after it, a second one. */
async function measureBoth(flow: string): Promise<{ cold: Cost; warm: Cost }> {
  for (;;) {
    const [first, second] = [await flows[flow]?.(), await flows[flow]?.()];
    await coolDown();
    const began = performance.now();
    const cold = await measure(first as Send);
    const warm = await measure(second as Send);
    // A busy machine may need another try.
    if (performance.now() - began < 1_000) return { cold, warm };
  }
}

/** Statements and round trips, BEGIN and COMMIT included. A change that saves some lowers the figures here. */
const costs: Readonly<Record<string, { cold: Cost; warm: Cost }>> = {
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

test.each(Object.keys(flows))("%s costs so much when the server is cold, and when it is warm", async (flow) => {
  expect({ flow, ...(await measureBoth(flow)) }).toEqual({ flow, ...costs[flow] });
});
