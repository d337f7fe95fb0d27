import request from "supertest";
import { wiring } from "../../generated/wiring";
import { longestTokenSeconds } from "../../src/engine/client";
import { type ClientChange, makeUpdate } from "../../src/registration/update";
import { makeClientAdmin } from "../../src/store/clients/admin";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makePeople } from "../../src/store/people/people";
import { type OwnCommands, openOwnCommands } from "./own-commands";

jest.setTimeout(60_000);

const contracts = new Map(wiring.map(({ name, policy }) => [name, policy]));
const callback = "https://app.example/callback";

describe("a changed client", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  const update = (id: string, change: ClientChange) => {
    const { database, clock } = polymint;
    return makeUpdate({ admin: makeClientAdmin(database), clock, contracts, longestTokenSeconds })(id, change);
  };
  let made = 0;
  const register = async (more: object = {}) => {
    made += 1;
    const { client, secret } = await polymint.register({ id: `client-${made}`, contracts: ["abbeycross"], scopes: ["accounts"], ...more });
    return { id: client.id, secret: secret?.value ?? "" };
  };

  it("has the named values in place of all the old ones, and keeps the rest, its secret and its status", async () => {
    const { id } = await register({
      name: "Acme",
      origins: ["https://old.example"],
      claims: { userID: 7, region: "SG" },
      lifetimeSeconds: 60,
    });
    await makeClientAdmin(polymint.database).setStatus(id, "disabled", polymint.clock());
    polymint.clock.advance(10);
    const { before, client, isChanged } = await update(id, {
      origins: ["https://app.example", "http://localhost:3000"],
      claims: { region: "GB" },
      lifetimeSeconds: null,
    });
    expect(isChanged).toBe(true);
    expect(client).toEqual({
      ...before,
      origins: ["https://app.example", "http://localhost:3000"],
      claims: { region: "GB" },
      lifetimeSeconds: null,
      updatedAt: before.updatedAt + 10,
    });
    expect(client).toMatchObject({ status: "disabled", name: "Acme", scopes: ["accounts"], secrets: [expect.anything()] });
  });

  it("that was so already is not written", async () => {
    const { id } = await register({ claims: { a: { b: 1, c: [2] } } });
    polymint.clock.advance(10);
    const { before, client, isChanged } = await update(id, { claims: { a: { c: [2], b: 1 } }, scopes: ["accounts"] });
    expect([isChanged, client.updatedAt]).toEqual([false, before.updatedAt]);
  });

  const refused: [string, object, ClientChange, RegExp][] = [
    [
      "a redirect URI without its grant",
      { contracts: ["screening-eagle"] },
      { redirectUris: [callback] },
      /only with the grant authorization_code/,
    ],
    [
      "no redirect URI with the grant",
      { contracts: ["screening-eagle"], redirectUris: [callback] },
      { redirectUris: [] },
      /needs a redirect URI/,
    ],
    ["a claim of the server", {}, { claims: { iss: "x" } }, /the claim iss is set by the server/],
    ["an origin with a path", {}, { origins: ["https://app.example/"] }, /as browsers send an origin/],
    ["a grant of no contract", {}, { grants: ["device_code"] }, /none of its contracts offers the grant device_code/],
    ["no contract", {}, { contracts: [] }, /a client needs a contract or a service/],
    ["keys that it has no use for", {}, { jwksUri: "https://app.example/jwks" }, /keys are of use only with/],
    [
      "a method without a secret",
      { contracts: ["abbeycross", "raidiam"], authMethods: ["client_secret_post"] },
      { authMethods: ["private_key_jwt"] },
      /it has a secret of the kind client_secret/,
    ],
    [
      "another credential for a programme",
      { contracts: ["weavr"] },
      { contracts: ["abbeycross"], authMethods: ["client_secret_post"] },
      /register another client/,
    ],
  ];
  it.each(refused)("cannot have what no new client can: %s", async (_what, registration, change, fault) => {
    const { id } = await register({ scopes: [], ...registration });
    const before = await makeClientAdmin(polymint.database).show(id, polymint.clock());
    await expect(update(id, change)).rejects.toThrow(fault);
    expect(await makeClientAdmin(polymint.database).show(id, polymint.clock())).toEqual(before);
  });

  it("cannot name a person as the subject of its tokens", async () => {
    const { id } = await register();
    const person = { email: "eve@example.net", emailVerified: true, firstName: "E", lastName: "V", passwordHash: "x" };
    const { id: personId } = await makePeople(polymint.database).create({ ...polymint.person, ...person }, polymint.clock());
    await expect(update(id, { claims: { userID: personId } })).rejects.toThrow(/is the id of a person/);
  });

  it("gets tokens by its new values within two seconds, and pages of a removed origin cannot read them any more", async () => {
    const [oldOrigin, newOrigin] = ["https://before.example", "https://after.example"];
    const { id, secret } = await register({ origins: [oldOrigin], lifetimeSeconds: 60 });
    const ask = async (origin: string) => {
      const sent = { client_id: id, client_secret: secret };
      const answer = await request(polymint.url).post("/v1/oauth/token").set("Origin", origin).send(sent).expect(200);
      return [(answer.body as { expires_in: number }).expires_in, answer.get("access-control-allow-origin")];
    };
    expect(await ask(oldOrigin)).toEqual([60, oldOrigin]);
    await update(id, { origins: [newOrigin], lifetimeSeconds: 90 });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(await Promise.all([ask(oldOrigin), ask(newOrigin)])).toEqual([
      [90, undefined],
      [90, newOrigin],
    ]);
  });
});

describe("polymint client update", () => {
  let own: OwnCommands;
  beforeAll(async () => {
    own = await openOwnCommands();
    await own.json(["client", "create", "--contract", "abbeycross", "--id", "acme", "--scope", "a", "--origin", "https://app.example"]);
  });
  afterAll(() => own.close());

  it("changes what the options name, tells what, and leaves an audit line only if it changed something", async () => {
    const update = ["client", "update", "acme", "--scope", "b c", "--no-origin", "--lifetime", "90"];
    const { code, stdout, stderr } = await own.run(update);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Client acme is changed: scopes, origins, lifetime_seconds\./) as string,
      stderr: "",
    });
    const [again, none, wrong, unknown] = await Promise.all([
      own.json([...update]),
      own.run(["client", "update", "acme"]),
      own.run(["client", "update", "acme", "--origin", "https://*.example"]),
      own.run(["client", "update", "nobody", "--name", "x"]),
    ]);
    expect(again).toMatchObject({ client_id: "acme", changed: [], scopes: ["b", "c"], origins: [], lifetime_seconds: 90 });
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("Name at least one thing to change") as string });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("a wildcard") as string });
    expect(unknown.code).toBe(3);
    const { entries } = await own.json<{ entries: { command: string; object: string }[] }>(["audit", "list", "--kind", "change"]);
    expect(entries.filter(({ command }) => command === "client update").map(({ object }) => object)).toEqual(["client acme"]);
  });

  it("warns, as client create does, that pages cannot keep a secret; a client with keys has none", async () => {
    const origin = ["--origin", "https://app.example"];
    const warning = expect.stringMatching(
      /^Client \S+ has a secret, which no web page can keep: .* Let the server of https:\/\/app\.example /,
    ) as string;
    const keys = ["client", "create", "--contract", "raidiam", "--jwks", "https://app.example/jwks"];
    const [created, updated, renamed, withKeys] = await Promise.all([
      own.json(["client", "create", "--contract", "abbeycross", ...origin]),
      own.json(["client", "update", "acme", ...origin]),
      own.json(["client", "update", "acme", "--name", "Acme"]),
      own.json([...keys, ...origin]),
    ]);
    expect([created.warnings, updated.warnings]).toEqual([[warning], [warning]]);
    expect([renamed.warnings, withKeys.warnings]).toEqual([undefined, undefined]);
  });
});
