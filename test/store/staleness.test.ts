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

type Asks = () => Promise<boolean>;

/** A new client, and what asks for a token with a secret of its. */
async function busyClient(): Promise<{ id: string; secret: string; gets: (secret: string) => Asks }> {
  const { client, secret } = await polymint.register({ contracts: ["abbeycross"] });
  const gets = (value: string) => async () => {
    const body = { client_id: client.id, client_secret: value };
    const { status } = await request(polymint.url).post("/v1/oauth/token").send(body);
    return status === 200;
  };
  const value = secret?.value ?? "";
  expect(await gets(value)()).toBe(true);
  return { id: client.id, secret: value, gets };
}

/** Keeps asking until the bound is over. @returns what the first request after it is told */
async function afterTheBound(asks: Asks): Promise<boolean> {
  const over = performance.now() + boundMs;
  while (performance.now() < over) {
    await asks();
    await sleep(50);
  }
  return asks();
}

async function rotate(id: string, secret: string, keepOldSeconds: number): Promise<void> {
  await admin.rotateSecret(id, makeSecretDigest(polymint.pepper)(secret), polymint.clock(), { keepOldSeconds });
}

async function disabledAndEnabled(): Promise<unknown> {
  const { id, secret, gets } = await busyClient();
  await admin.setStatus(id, "disabled", polymint.clock());
  const disabled = await afterTheBound(gets(secret));
  await admin.setStatus(id, "active", polymint.clock());
  return { disabled, enabled: await afterTheBound(gets(secret)) };
}

async function deleted(): Promise<unknown> {
  const { id, secret, gets } = await busyClient();
  await admin.delete(id);
  return { deleted: await afterTheBound(gets(secret)) };
}

async function rotatedOut(): Promise<unknown> {
  const { id, secret, gets } = await busyClient();
  const successor = makeSecret("client_secret");
  const early = await gets(successor)();
  await rotate(id, successor, 0);
  return { early, old: await afterTheBound(gets(secret)), successor: await gets(successor)() };
}

async function keptForAWhile(): Promise<unknown> {
  const { id, secret, gets } = await busyClient();
  const successor = makeSecret("client_secret");
  await rotate(id, successor, 60);
  const kept = await afterTheBound(gets(secret));
  polymint.clock.advance(60);
  return { kept, over: await afterTheBound(gets(secret)), successor: await gets(successor)() };
}

/** Past the key, the login finds no such user: 401 both times, told apart by the log. */
async function rotatedApiKey(): Promise<unknown> {
  const { client, secret } = await polymint.register({ contracts: ["weavr"] });
  const known = (apiKey: string) => async () => {
    // Another address each time, or it would be locked after five.
    const credentials = { email: `${randomUUID()}@example.com`, password: { value: "x" } };
    const response = await request(polymint.url).post("/login_with_password").set("api-key", apiKey).send(credentials).expect(401);
    const line = polymint.logs.find(({ correlationId }) => correlationId === response.headers["request-ref"]);
    return line?.client === client.id;
  };
  const [old, successor] = [known(secret?.value ?? ""), makeSecret("api_key")];
  const before = await old();
  await rotate(client.id, successor, 0);
  return { before, old: await afterTheBound(old), successor: await known(successor)() };
}

it("notices within two seconds what became of a client and its secrets", async () => {
  // Side by side, because each takes as long as the bound.
  const outcomes = await Promise.all([disabledAndEnabled(), deleted(), rotatedOut(), keptForAWhile(), rotatedApiKey()]);
  expect(outcomes).toEqual([
    { disabled: false, enabled: true },
    { deleted: false },
    { early: false, old: false, successor: true },
    { kept: true, over: false, successor: true },
    { before: true, old: false, successor: true },
  ]);
});
