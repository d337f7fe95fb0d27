import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import request from "supertest";
import { makeSecret, makeSecretDigest } from "../../src/secrets/secret";
import { type ClientAdmin, makeClientAdmin } from "../../src/store/clients/admin";
import { startPolymint, type TestPolymint } from "../../src/testkit";

/** The bound on staleness that the server states. */
const boundMs = 2_000;

let polymint: TestPolymint;
let admin: ClientAdmin;

beforeAll(async () => {
  polymint = await startPolymint();
  admin = makeClientAdmin(polymint.database);
});
afterAll(() => polymint.stop());

type RequestToken = () => Promise<boolean>;

/** A new client, and a function that makes requests for a token with one of its secrets. */
async function makeBusyClient(): Promise<{ id: string; secret: string; requestsWith: (secret: string) => RequestToken }> {
  const { client, secret } = await polymint.register({ contracts: ["abbeycross"] });
  const requestsWith = (value: string) => async () => {
    const body = { client_id: client.id, client_secret: value };
    const { status } = await request(polymint.url).post("/v1/oauth/token").send(body);
    return status === 200;
  };
  const value = secret?.value ?? "";
  expect(await requestsWith(value)()).toBe(true);
  return { id: client.id, secret: value, requestsWith };
}

/** Requests tokens until the bound is over. @returns whether the first request after it succeeds */
async function tryAfterBound(request: RequestToken): Promise<boolean> {
  const over = performance.now() + boundMs;
  while (performance.now() < over) {
    await request();
    await sleep(50);
  }
  return request();
}

async function rotate(id: string, secret: string, keepOldSeconds: number): Promise<void> {
  await admin.rotateSecret(id, makeSecretDigest(polymint.pepper)(secret), polymint.clock(), { keepOldSeconds });
}

async function disableAndEnable(): Promise<unknown> {
  const { id, secret, requestsWith } = await makeBusyClient();
  await admin.setStatus(id, "disabled", polymint.clock());
  const disabled = await tryAfterBound(requestsWith(secret));
  await admin.setStatus(id, "active", polymint.clock());
  return { disabled, enabled: await tryAfterBound(requestsWith(secret)) };
}

async function deleteClient(): Promise<unknown> {
  const { id, secret, requestsWith } = await makeBusyClient();
  await admin.delete(id, polymint.clock());
  return { deleted: await tryAfterBound(requestsWith(secret)) };
}

async function rotateWithoutGrace(): Promise<unknown> {
  const { id, secret, requestsWith } = await makeBusyClient();
  const successor = makeSecret("client_secret");
  const early = await requestsWith(successor)();
  await rotate(id, successor, 0);
  return { early, old: await tryAfterBound(requestsWith(secret)), successor: await requestsWith(successor)() };
}

async function rotateWithGrace(): Promise<unknown> {
  const { id, secret, requestsWith } = await makeBusyClient();
  const successor = makeSecret("client_secret");
  await rotate(id, successor, 60);
  const kept = await tryAfterBound(requestsWith(secret));
  polymint.clock.advance(60);
  return { kept, over: await tryAfterBound(requestsWith(secret)), successor: await requestsWith(successor)() };
}

/** A login answers 401 for a wrong key and for an unknown user. The log tells them apart. */
async function rotateApiKey(): Promise<unknown> {
  const { client, secret } = await polymint.register({ contracts: ["weavr"] });
  const known = (apiKey: string) => async () => {
    // Another address each time, because an address is locked after five failures.
    const credentials = { email: `${randomUUID()}@example.com`, password: { value: "x" } };
    const response = await request(polymint.url).post("/login_with_password").set("api-key", apiKey).send(credentials).expect(401);
    const line = polymint.logs.find(({ correlationId }) => correlationId === response.headers["request-ref"]);
    return line?.client === client.id;
  };
  const [old, successor] = [known(secret?.value ?? ""), makeSecret("api_key")];
  const before = await old();
  await rotate(client.id, successor, 0);
  return { before, old: await tryAfterBound(old), successor: await known(successor)() };
}

it("Every change of a client and its secrets takes effect within two seconds", async () => {
  // In parallel, because each takes as long as the bound.
  const outcomes = await Promise.all([disableAndEnable(), deleteClient(), rotateWithoutGrace(), rotateWithGrace(), rotateApiKey()]);
  expect(outcomes).toEqual([
    { disabled: false, enabled: true },
    { deleted: false },
    { early: false, old: false, successor: true },
    { kept: true, over: false, successor: true },
    { before: true, old: false, successor: true },
  ]);
});
