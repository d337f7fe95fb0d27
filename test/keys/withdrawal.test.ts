import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "jsonwebtoken";
import request from "supertest";
import { createApp } from "../../src/app";
import { longestTokenSeconds, type SigningAlgorithm } from "../../src/engine/client";
import { deriveKeyStates } from "../../src/keys/lifecycle";
import { rotateSigningKey } from "../../src/keys/rotate";
import type { SigningKeyRow } from "../../src/keys/signing-key";
import { withdrawSigningKey } from "../../src/keys/withdraw";
import type { QueryResult, Database, Statement } from "../../src/store/database";
import { makeSigningKeys } from "../../src/store/signing-keys";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { registerApp } from "../harness/screening-eagle-app";
import { appOptionsOf } from "../harness/app-options";
import { basic, tokenOf } from "../harness/bearer-tokens";
import { contractNames } from "../harness/token-requests";

jest.setTimeout(30_000);

const seconds = (polymint: TestPolymint): number => polymint.clock() / 1000;
const kidOf = (token: string): string => decode(token, { complete: true })?.header.kid ?? "";

function withdrawNow(polymint: TestPolymint, kid: string) {
  const { database, masterKey } = polymint;
  return withdrawSigningKey(makeSigningKeys(database), { kid, now: seconds(polymint), longestTokenSeconds, masterKey });
}

describe("the withdrawal of a key", () => {
  let polymint: TestPolymint;
  let other: { url: string };
  let asker: string;
  beforeEach(async () => {
    polymint = await startPolymint();
    other = await polymint.startAnother();
    const { client, secret } = await polymint.register({ contracts: [], services: ["introspection", "revocation"] });
    asker = basic(client.id, secret?.value ?? "");
  });
  afterEach(() => polymint.stop());

  const isActive = async (token: string, url = polymint.url): Promise<boolean> => {
    const test = request(url).post("/oauth2/introspect").set("Authorization", asker).type("form").send({ token });
    return ((await test.expect(200)).body as { active: boolean }).active;
  };
  const published = async (url = polymint.url): Promise<string[]> => {
    const { body } = (await request(url).get("/.well-known/jwks.json").expect(200)) as { body: { keys: { kid: string }[] } };
    return body.keys.map(({ kid }) => kid);
  };
  const userInfo = (token: string) => request(polymint.url).get("/userinfo").set("Authorization", `Bearer ${token}`);
  const weavr = (bearer: string) =>
    request(polymint.url)
      .post("/access_token")
      .set("api-key", polymint.clients.weavr.secret)
      .set("Authorization", `Bearer ${bearer}`)
      .send({ identity: polymint.user.identities[0] });
  /** Lets the keys that the servers have in memory become old, and waits until both have read them again. */
  const waitUntilUnpublished = async (kid: string): Promise<void> => {
    polymint.clock.advance(2);
    for (const url of [polymint.url, other.url]) while ((await published(url)).includes(kid)) await sleep(50);
  };

  it("makes the key's tokens inactive at every server, and another key signs at once", async () => {
    const tokens = Object.fromEntries(await Promise.all(contractNames.map(async (name) => [name, await tokenOf(polymint, name)] as const)));
    const app = await registerApp(polymint);
    const person = await app.tokens();
    await userInfo(person.access_token).expect(200);
    await weavr(tokens.weavr ?? "").expect(200);
    const kids = new Set([...Object.values(tokens), person.access_token].map(kidOf));

    for (const kid of kids)
      expect(await withdrawNow(polymint, kid)).toMatchObject({ was: "active", successor: expect.any(String) as string });
    // The test does not wait until the servers have read the keys again.
    for (const token of [...Object.values(tokens), person.access_token]) {
      expect(await isActive(token)).toBe(false);
      expect(await isActive(token, other.url)).toBe(false);
    }
    await userInfo(person.access_token).expect(401);
    await weavr(tokens.weavr ?? "").expect(401);
    for (const kid of kids) await waitUntilUnpublished(kid);
    for (const name of contractNames) {
      const fresh = await tokenOf(polymint, name);
      expect(kids).not.toContain(kidOf(fresh));
      expect(await isActive(fresh, other.url)).toBe(true);
    }
  });

  it("is permanent, and can be repeated", async () => {
    const token = await tokenOf(polymint, "abbeycross");
    const first = await withdrawNow(polymint, kidOf(token));
    expect(await withdrawNow(polymint, kidOf(token))).toEqual({ was: "withdrawn", successor: undefined });
    await waitUntilUnpublished(kidOf(token));
    for (const later of [0, 61, 7200, longestTokenSeconds]) {
      polymint.clock.advance(later);
      expect(await isActive(token)).toBe(false);
      expect(await published()).not.toContain(kidOf(token));
      expect(kidOf(await tokenOf(polymint, "abbeycross"))).toBe(first?.successor);
    }
  });

  it("lets the next key, which verifiers know already, sign at once", async () => {
    const old = kidOf(await tokenOf(polymint, "abbeycross"));
    const { database, masterKey } = polymint;
    const ask = { algorithm: "ES256", now: seconds(polymint), leadSeconds: 900, longestTokenSeconds, masterKey } as const;
    const { kid } = await rotateSigningKey(makeSigningKeys(database), ask);
    expect(await withdrawNow(polymint, old)).toEqual({ was: "active", successor: kid });
    await waitUntilUnpublished(old);
    expect(kidOf(await tokenOf(polymint, "abbeycross"))).toBe(kid);
  });

  it("changes nothing else if the key is the next one", async () => {
    const token = await tokenOf(polymint, "abbeycross");
    const { database, masterKey } = polymint;
    const ask = { algorithm: "ES256", now: seconds(polymint), leadSeconds: 900, longestTokenSeconds, masterKey } as const;
    const { kid } = await rotateSigningKey(makeSigningKeys(database), ask);
    expect(await withdrawNow(polymint, kid)).toEqual({ was: "next", successor: undefined });
    polymint.clock.advance(901);
    expect(kidOf(await tokenOf(polymint, "abbeycross"))).toBe(kidOf(token));
    expect(await published()).not.toContain(kid);
    expect(await isActive(token)).toBe(true);
  });

  it("makes one successor when two processes withdraw at once", async () => {
    const old = kidOf(await tokenOf(polymint, "abbeycross"));
    const outcomes = await Promise.all([withdrawNow(polymint, old), withdrawNow(polymint, old)]);
    expect(outcomes.map((outcome) => outcome?.was).sort()).toEqual(["active", "withdrawn"]);
    const keys = await makeSigningKeys(polymint.database).list();
    expect(keys.filter(({ algorithm }) => algorithm === "ES256")).toHaveLength(2);
  });

  it("returns undefined for an unknown key", async () => {
    expect(await withdrawNow(polymint, "nobody")).toBeUndefined();
  });
});

describe("a withdrawal that a server has not read yet", () => {
  let polymint: TestPolymint;
  beforeEach(async () => {
    polymint = await startPolymint();
  });
  afterEach(() => polymint.stop());

  /** A database whose keys are read once and remembered for ever, as every server remembers them for a second. */
  function makeRememberingDatabase(database: Database): Database {
    let keys: ReturnType<Database["query"]> | undefined;
    return {
      ...database,
      query: <Row>(statement: Statement, values: readonly unknown[]) => {
        if (statement.name !== "signing_keys_list") return database.query<Row>(statement, values);
        keys ??= database.query(statement, values);
        return keys as Promise<QueryResult<Row>>;
      },
    };
  }

  /** A database that looks tokens up without checking whether their key was withdrawn. */
  function makeUncheckingDatabase(database: Database): Database {
    return {
      ...database,
      query: (statement, values) => {
        if (statement.name !== "ledger_find") return database.query(statement, values);
        const [jtis, times, kids, days] = values as string[][];
        return database.query(statement, [jtis, times, kids?.map(() => "no key of ours"), days]);
      },
    };
  }

  /** @returns where the tokens of a key are still accepted after it was withdrawn */
  async function listPlacesThatAccept(database: Database): Promise<string[]> {
    const { app, warmed } = createApp({ ...appOptionsOf(polymint), database });
    await warmed;
    const { client, secret } = await polymint.register({ contracts: [], services: ["introspection"] });
    const asker = basic(client.id, secret?.value ?? "");
    const introspect = async (token: string): Promise<boolean> => {
      const test = request(app).post("/oauth2/introspect").set("Authorization", asker).type("form").send({ token });
      return ((await test.expect(200)).body as { active: boolean }).active;
    };
    const person = (await (await registerApp(polymint)).tokens()).access_token;
    const user = await tokenOf(polymint, "weavr");
    const uses: Record<string, () => Promise<boolean>> = {
      introspection: () => introspect(person),
      "introspection of a user's": () => introspect(user),
      "/userinfo": async () => (await request(app).get("/userinfo").set("Authorization", `Bearer ${person}`)).status === 200,
      "/access_token": async () => {
        const test = request(app).post("/access_token").set("api-key", polymint.clients.weavr.secret);
        return (await test.set("Authorization", `Bearer ${user}`).send({ identity: polymint.user.identities[0] })).status === 200;
      },
    };
    const listAccepting = async () => {
      const counts = await Promise.all(Object.values(uses).map((use) => use()));
      return Object.keys(uses).filter((_name, at) => counts[at]);
    };
    expect(await listAccepting()).toEqual(Object.keys(uses));
    for (const kid of new Set([person, user].map(kidOf))) await withdrawNow(polymint, kid);
    return listAccepting();
  }

  it("ends the key's tokens at that server at once", async () => {
    expect(await listPlacesThatAccept(makeRememberingDatabase(polymint.database))).toEqual([]);
  });

  it("(control) does not end them if the server relies on the keys it remembers", async () => {
    const everywhere = ["introspection", "introspection of a user's", "/userinfo", "/access_token"];
    expect(await listPlacesThatAccept(makeUncheckingDatabase(makeRememberingDatabase(polymint.database)))).toEqual(everywhere);
  });
});

describe("the states of keys of which one was withdrawn", () => {
  const key = (
    generation: number,
    activeFrom: number,
    withdrawnAt: number | null,
    algorithm: SigningAlgorithm = "ES256",
  ): SigningKeyRow => {
    const sealed = { sealedPrivateKey: Buffer.alloc(0), sealedDataKey: Buffer.alloc(0), publicJwk: null };
    return { kid: String(generation), algorithm, generation, ...sealed, createdAt: 0, activeFrom, withdrawnAt };
  };
  const statesOf = (rows: SigningKeyRow[], at: number) => [...deriveKeyStates(rows, at * 1000, { longestTokenSeconds: 500 }).values()];

  it("do not depend on a server's clock", () => {
    expect(statesOf([key(1, 0, 1000), key(2, 1000, null)], 990)).toEqual(["withdrawn", "active"]);
  });

  it("let the earliest of several next keys sign", () => {
    expect(statesOf([key(1, 0, 1000), key(2, 1200, null), key(3, 1100, null)], 1000)).toEqual(["withdrawn", "next", "active"]);
  });

  it("keep the end of a key that had already retired", () => {
    expect(statesOf([key(1, 0, null), key(2, 100, 1000), key(3, 1000, null)], 659)).toEqual(["retired", "withdrawn", "active"]);
    expect(statesOf([key(1, 0, null), key(2, 100, 1000), key(3, 1000, null)], 660)).toEqual(["expired", "withdrawn", "active"]);
  });

  it("keep a key active whose successor was withdrawn before it signed", () => {
    expect(statesOf([key(1, 0, null), key(2, 1500, 1000)], 9000)).toEqual(["active", "withdrawn"]);
  });
});
