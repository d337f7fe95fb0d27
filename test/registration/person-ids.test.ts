import { randomUUID } from "node:crypto";
import { decode } from "jsonwebtoken";
import request from "supertest";
import { makeClientAdmin } from "../../src/store/clients/admin";
import { ConflictError } from "../../src/store/database/errors";
import { makePeople, type NewPerson } from "../../src/store/people/people";
import { reserveHumanId } from "../../src/store/subject-ids";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { basic } from "../harness/bearer-tokens";
import { makeOwnPerson } from "../harness/own-person";
import { contractNames } from "../harness/token-requests";
import { apiKeyOf, identityOf, programmeOf, requestAccessToken } from "../harness/weavr-requests";

let polymint: TestPolymint;
beforeAll(async () => {
  polymint = await startPolymint();
});
afterAll(() => polymint.stop());

const contract = { contracts: ["screening-eagle"], scopes: ["inspect"] };

function makeNewPerson(): NewPerson {
  return { email: `${randomUUID()}@example.net`, firstName: "Grace", lastName: "Hopper", passwordHash: "none" };
}

/** Random, because people of other tests have random ids too. */
function makeFreeId(): string {
  return String(10 ** 11 + Math.floor(Math.random() * 10 ** 11));
}

async function mustRefuse(registration: Parameters<TestPolymint["register"]>[0], text: string): Promise<void> {
  const before = await polymint.database.build((knex) => knex("clients").count());
  await expect(polymint.register(registration)).rejects.toThrow(text);
  expect(await polymint.database.build((knex) => knex("clients").count())).toEqual(before);
}

describe("a client", () => {
  it("cannot have the id of a person, a user or an identity, whatever its contract", async () => {
    const { person, user } = polymint;
    const taken = [[person.id, "a person"], [user.id, "a user"], ...user.identities.map(({ id }) => [id, "an identity"])] as [
      string,
      string,
    ][];
    for (const [id, kind] of taken) {
      await mustRefuse({ ...contract, id }, `${id} is the id of ${kind}; a client must not pass for one`);
      await mustRefuse({ contracts: ["abbeycross"], id }, `${id} is the id of ${kind}`);
    }
    await mustRefuse({ contracts: ["weavr"], id: person.id }, `${person.id} is the id of a person`);
    await mustRefuse({ contracts: [], services: ["introspection"], id: person.id }, `${person.id} is the id of a person`);
  });

  it.each<[string, (id: string) => unknown]>([
    ["a number", Number],
    ["text", (id) => id],
    ["text with zeros in front", (id) => `00${id}`],
    ["text with a fraction of zero", (id) => `${id}.0`],
    ["text with an exponent", (id) => `${id}0e-1`],
    ["text in scientific notation", (id) => `${id.charAt(0)}.${id.slice(1)}e11`],
    ["a hexadecimal number", (id) => `0x${Number(id).toString(16)}`],
  ])("cannot name a person as the subject of its tokens by %s, under any contract", async (_how, toClaim) => {
    const { id } = await makeOwnPerson(polymint);
    await mustRefuse({ ...contract, claims: { userID: toClaim(id) } }, `${id} is the id of a person`);
    await mustRefuse({ contracts: ["abbeycross"], claims: { userID: toClaim(id) } }, `${id} is the id of a person`);
  });

  it("cannot have an id that reads as a person's, also if it acts for a programme's users", async () => {
    const { id } = await makeOwnPerson(polymint);
    for (const disguised of [`0${id}`, `${id}.0`, `0x${Number(id).toString(16)}`]) {
      await mustRefuse({ contracts: ["abbeycross"], id: disguised }, `${id} is the id of a person`);
      await mustRefuse({ contracts: ["weavr"], id: disguised }, `${id} is the id of a person`);
      await expect(polymint.createDelegatedClient({ id: disguised })).rejects.toThrow(`${id} is the id of a person`);
    }
    const identity = identityOf(polymint).id;
    await mustRefuse({ contracts: ["abbeycross"], id: `00${identity}` }, `${identity} is the id of an identity`);
  });

  it("may have an id that reads as a number that is no human's", async () => {
    const id = `0${makeFreeId()}`;
    expect((await polymint.register({ contracts: ["abbeycross"], id })).client.id).toBe(id);
  });

  it.each([[[1302]], [{}], [-1], [1.5], [" 1302"], [""], [null], [true]])("cannot have %j as the subject of its tokens", async (userID) => {
    await mustRefuse({ ...contract, claims: { userID } }, "the claim userID names the subject of its tokens");
    await mustRefuse({ contracts: ["abbeycross"], claims: { userID } }, "the claim userID names the subject of its tokens");
  });

  it.each([
    ...["scopes", "name", "given_name", "family_name", "first_name", "last_name", "preferred_username", "profile", "picture"],
    ...["email", "email_verified", "phone_number", "phone_number_verified", "birthdate", "locale", "address", "updated_at"],
    ...["roles", "groups", "entitlements", "auth_time", "acr", "amr", "azp", "nonce", "sid"],
  ])("of any contract, or of none, cannot have the claim %s, which only persons have", async (claim) => {
    for (const name of contractNames)
      await mustRefuse(
        { contracts: [name], jwksUri: "https://a.example/jwks", claims: { [claim]: "x" } },
        `the claim ${claim} is reserved for persons`,
      );
    await mustRefuse(
      { contracts: [], services: ["introspection"], claims: { [claim]: "x" } },
      `the claim ${claim} is reserved for persons`,
    );
  });

  it.each(["stepped_up_until", "identity_type", "status", "credentials", "may_act", "authorization_details"])(
    "of any contract cannot have the claim %s, which the server sets",
    async (claim) => {
      for (const name of contractNames)
        await mustRefuse(
          { contracts: [name], jwksUri: "https://a.example/jwks", claims: { [claim]: 9999999999 } },
          `the claim ${claim} is set by the server`,
        );
    },
  );

  it("cannot have a claim that no object could hold, which its tokens would lack", async () => {
    const claims = JSON.parse('{ "__proto__": { "tier": "gold" } }') as Record<string, unknown>;
    await mustRefuse({ contracts: ["abbeycross"], claims }, "no token can have a claim __proto__");
  });

  it("may have claims of its company's own", async () => {
    const claims = { firstVisionId: "00000AUNAB", userRegion: "SG", tenant: { id: 7 } };
    for (const name of ["abbeycross", "firstvision", "weavr"])
      expect((await polymint.register({ contracts: [name], claims })).client.claims).toEqual(claims);
  });

  it("from before these claims were refused does not say that a user logged in or stepped up", async () => {
    const claims = { stepped_up_until: 9999999999, auth_time: 9999999999, tenant: "acme" };
    await polymint.database.build((knex) => knex("clients").where("id", programmeOf(polymint)).update({ claims }));
    await polymint.setDelegation(true);
    const delegate = await polymint.createDelegatedClient();
    const identity = identityOf(polymint);
    const clientAssertion = delegate.assertion(identity.id);
    const response = await requestAccessToken(polymint, apiKeyOf(polymint), { identity, clientAssertion }).expect(200);
    const token = decode((response.body as { token: string }).token);
    expect(token).toMatchObject({ sub: identity.id, status: "STANDARD", tenant: "acme" });
    for (const absent of ["stepped_up_until", "auth_time"]) expect(token).not.toHaveProperty(absent);
  });

  it("may name a subject that is no person, and gets no roles with it", async () => {
    const { client, secret } = await polymint.register({ ...contract, claims: { userID: 1302, userRegion: "SG" } });
    const response = await request(polymint.url)
      .post("/api/id/v1/auth/token")
      .type("form")
      .set("Authorization", basic(client.id, secret?.value ?? ""))
      .send({ grant_type: "client_credentials", scope: "inspect" })
      .expect(200);
    const claims = decode((response.body as { access_token: string }).access_token);
    expect(claims).toMatchObject({ sub: "1302", userID: 1302, userRegion: "SG", scopes: [] });
  });

  it("that acts for a programme's users cannot have the id of a human either", async () => {
    await expect(polymint.createDelegatedClient({ id: polymint.user.id })).rejects.toThrow(`${polymint.user.id} is the id of a user`);
  });
});

describe("a person", () => {
  it("does not get an id that a client has or names, or a delegated client has", async () => {
    const [own, named, numbered, delegated, free] = [makeFreeId(), makeFreeId(), makeFreeId(), makeFreeId(), makeFreeId()];
    await polymint.register({ contracts: ["abbeycross"], id: own });
    await polymint.register({ ...contract, claims: { userID: named } });
    await polymint.register({ ...contract, claims: { userID: Number(numbered) } });
    await polymint.createDelegatedClient({ id: delegated });
    const ids = [own, named, numbered, delegated, free];
    const person = await makePeople(polymint.database, () => ids.shift() ?? "").create(makeNewPerson(), polymint.clock());
    expect(person.id).toBe(free);
  });
});

describe("a client and a person that are made with one id at the same moment", () => {
  const admin = () => makeClientAdmin(polymint.database);
  const makeClient = (id: string) =>
    admin().create(
      { id, name: id, contracts: ["abbeycross"], grants: ["client_credentials"], authMethods: ["client_secret_post"] },
      polymint.clock(),
    );
  const makePerson = (...ids: string[]) => makePeople(polymint.database, () => ids.shift() ?? "").create(makeNewPerson(), polymint.clock());

  /** @returns whether both have the id */
  async function haveBoth(id: string): Promise<boolean> {
    const [clients, people] = await Promise.all(
      ["clients", "people"].map((table) => polymint.database.build((knex) => knex(table).where({ id }).select("id"))),
    );
    return clients?.length === 1 && people?.length === 1;
  }

  it("never share it", async () => {
    for (let round = 0; round < 20; round += 1) {
      const [id, other] = [makeFreeId(), makeFreeId()];
      const [client, person] = await Promise.allSettled([makeClient(id), makePerson(id, other)]);
      expect(await haveBoth(id)).toBe(false);
      expect(person).toMatchObject({ status: "fulfilled", value: { id: client.status === "fulfilled" ? other : id } });
      if (client.status === "rejected") expect(client.reason).toBeInstanceOf(ConflictError);
    }
  });

  it.each([
    ["the client waits for the person and is refused", true],
    ["(control) without the lock, both are made", false],
  ])("%s", async (_title, locks) => {
    const id = makeFreeId();
    let client: Promise<unknown> = Promise.resolve();
    await polymint.database.transaction(async (transaction) => {
      if (locks) await reserveHumanId(transaction, () => id);
      const { email, firstName, lastName, passwordHash } = makeNewPerson();
      const now = new Date(polymint.clock());
      const names = { first_name: firstName, last_name: lastName, password_hash: passwordHash };
      await transaction("people").insert({ id, email, ...names, created_at: now, updated_at: now });
      client = makeClient(id).then(
        () => "made",
        (error: unknown) => error,
      );
      await Promise.race([client, new Promise((resolve) => setTimeout(resolve, 300))]);
    });
    expect(await client).toEqual(locks ? expect.any(ConflictError) : "made");
    expect(await haveBoth(id)).toBe(!locks);
  });
});
