import type { Consents } from "../../src/engine/ports/people";
import type { Database } from "../../src/store/database";
import { toTimestamp } from "../../src/store/database/timestamps";
import { makeConsents } from "../../src/store/people/consents";
import { makePeople } from "../../src/store/people/people";
import { makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";

const clientId = "app";
const rounds = 10;
let own: OwnDatabase;
let servers: [Database, Database];
let personId: string;

beforeAll(async () => {
  own = await makeOwnDatabase();
  servers = [own.open(), own.open()];
  const made = { name: "x", dialects: [], grants: [], auth_methods: [], created_at: new Date(now), updated_at: new Date(now) };
  await servers[0].build((knex) => knex("clients").insert({ id: clientId, ...made }));
  const person = { email: "a@example.net", passwordHash: "x", firstName: "A", lastName: "B" };
  ({ id: personId } = await makePeople(servers[0]).create(person, now));
});
beforeEach(() => servers[0].build((knex) => knex("consents").delete()));
afterAll(() => own.drop());

/** A person consents to another scope in two windows at once, again and again. @returns the scopes that were lost */
async function consentAtOnce(make: (server: Database) => Consents): Promise<string[]> {
  const [one, other] = [make(servers[0]), make(servers[1])];
  const wanted: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [left, right] = [`left${round}`, `right${round}`];
    wanted.push(left, right);
    await Promise.all([one.addScopes(personId, clientId, [left], now), other.addScopes(personId, clientId, ["openid", right], now)]);
  }
  const given = await makeConsents(servers[0]).listScopes(personId, clientId);
  return wanted.filter((scope) => !given.includes(scope));
}

describe("a consent", () => {
  it("adds what is new to what was given, each scope once, and says when it was given last", async () => {
    const consents = makeConsents(servers[0]);
    await consents.addScopes(personId, clientId, ["b", "a"], now);
    await consents.addScopes(personId, clientId, ["c", "a"], now + 1_000);
    await consents.addScopes(personId, clientId, ["b"], now + 2_000);
    const rows = await servers[0].build((knex) => knex("consents").select("scopes", "given_at"));
    expect(rows).toEqual([{ scopes: ["a", "b", "c"], given_at: new Date(now + 2_000) }]);
  });

  it("survives another one at the same time", async () => {
    expect(await consentAtOnce(makeConsents)).toEqual([]);
  });

  /** Deliberately wrong: it looks what was given, and writes that and what is new afterwards. */
  const makeBrokenConsents = (server: Database): Consents => ({
    ...makeConsents(server),
    async addScopes(person, client, scopes, at) {
      const all = [...(await makeConsents(server).listScopes(person, client)), ...scopes];
      await server.query(replaceStatement, [person, client, all, toTimestamp(at)]);
    },
  });

  it("(control) is lost if it is added to what was read before", async () => {
    expect(await consentAtOnce(makeBrokenConsents)).not.toEqual([]);
  });
});

const replaceStatement = {
  name: "broken_consent",
  text: `
    INSERT INTO consents (person_id, client_id, scopes, given_at) VALUES (?, ?, ?::text[], ?)
    ON CONFLICT (person_id, client_id) DO UPDATE SET scopes = excluded.scopes`,
};
