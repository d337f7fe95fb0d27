import { generateKeyPairSync } from "node:crypto";
import type { Registration } from "../../../../src/registration/register";
import { jwtBearer } from "../../../harness/assertion-client";
import { decideDeviceRequest, type DeviceCodes, deviceGrant, registerDevice } from "../../../harness/device-client";
import { type Asserter, assertionOf, badAssertions } from "../assertion";
import { type Draft, type Pair, send } from "../request-builder";
import { inForm, inHeader, type Place } from "../request-parts";
import type { Flow, Row } from "../matrix";
import { oauth } from "../expected-wording";
import { once, post, type World } from "../fixture";

const voice = oauth("raidiam");
const badClient = "400 invalid_client: Client authentication failed.";
const badGrant = "400 invalid_grant: The grant is not valid.";
const badScope = "400 invalid_scope: The client may not have this scope.";
const badGrantType = "400 unsupported_grant_type: This grant type is not offered.";
const tooLongId = "400 invalid_request: client_id must NOT have more than 255 characters.";
const tooLong = { "8 KB long": tooLongId, "60 KB long": tooLongId };
const may = { empty: null, "left out": null };

/** A client that signs its assertions, with all it needs to sign them. */
export async function makeAsserter({ polymint }: World, registration: Partial<Registration>): Promise<() => Asserter> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwks = [{ ...publicKey.export({ format: "jwk" }), kid: "own", use: "sig", alg: "ES256" }];
  const { client } = await polymint.register({
    contracts: ["raidiam"],
    scopes: ["alphabet", "beta"],
    authMethods: ["private_key_jwt"],
    ...registration,
    jwks,
  });
  return () => {
    const iat = Math.floor(polymint.clock() / 1000);
    const claims = { iss: client.id, sub: client.id, aud: polymint.issuer, iat, exp: iat + 60 };
    return { id: client.id, algorithm: "ES256", privateKey, publicKey, kid: "own", claims };
  };
}

/** Client assertions (RFC 7523) that are bad by themselves, wherever a client proves itself by one. */
export function assertionRow(world: World, flow: Flow, place: Place, client: () => Promise<() => Asserter>, unknown: string): Row {
  const other = once(() => makeAsserter(world, {}));
  const names = ["another client's iss", "another client's sub", "nobody's name", "a name with NUL", "a name of 4 KB", "no iss", "no sub"];
  const audiences = [
    "another server's aud",
    "another endpoint's aud",
    "two audiences",
    "our issuer in a list",
    "no aud",
    "an aud with NUL",
  ];
  const claims = async ({ id }: Asserter) => {
    const { issuer } = world.polymint;
    const foreign = (await other())().id;
    return {
      "another client's iss": { iss: foreign },
      "another client's sub": { iss: foreign, sub: foreign },
      "nobody's name": { iss: "nobody", sub: "nobody" },
      "a name with NUL": { iss: `${id}\0`, sub: `${id}\0` },
      "a name of 4 KB": { iss: "x".repeat(4_096), sub: "x".repeat(4_096) },
      "no iss": { iss: undefined },
      "no sub": { sub: undefined },
      "another server's aud": { aud: "https://elsewhere.example" },
      "another endpoint's aud": { aud: `${issuer}/elsewhere` },
      "two audiences": { aud: [issuer, "https://elsewhere.example"] },
      "our issuer in a list": { aud: [issuer] },
      "no aud": { aud: undefined },
      "an aud with NUL": { aud: `${issuer}\0` },
    };
  };
  const asserter = async () => (await client())();
  const specials: Row["specials"] = {
    ...badAssertions([...names, ...audiences], asserter, claims, { place, draft: flow.draft }),
    spent: async () => {
      const [used, mended] = [await flow.draft(), await flow.draft()];
      expect((await send(world.polymint.url, used)).status).toBe(200);
      return { bad: place.put(mended, place.get(used)), mended };
    },
    "another client's": async () => {
      const mended = await flow.draft();
      const theirs = assertionOf((await other())());
      return { bad: place.put(inForm("client_id").put(mended, (await asserter()).id), theirs), mended };
    },
  };
  return { flow, place, unknown, specials };
}

const proof = (asserter: Asserter) => ({ client_assertion_type: jwtBearer, client_assertion: assertionOf(asserter) });
const badType = /^400 invalid_request: client_assertion_type must/;

/** Assertions, device codes and scopes at raidiam's endpoints. */
export function raidiamRows(world: World): Row[] {
  return [...clientCredentialsRows(world), ...headerRows(world), ...deviceRows(world), ...assertingDeviceRows(world), ...beginRows(world)];
}

function clientCredentialsRows(world: World): Row[] {
  const client = once(() => makeAsserter(world, {}));
  const form = async () => ({ client_id: (await client())().id, ...proof((await client())()), scope: "alphabet beta" });
  const named: Flow = {
    name: "raidiam, private_key_jwt",
    voice,
    draft: async () => post("/token", [], { grant_type: "private_key_jwt", ...(await form()) }),
  };
  const short: Flow = {
    name: "raidiam, client_credentials",
    voice,
    draft: async () =>
      post("/token", [], {
        grant_type: "client_credentials",
        client_assertion_type: jwtBearer,
        assertion: assertionOf((await client())()),
      }),
  };
  return [
    assertionRow(world, named, inForm("client_assertion"), client, badClient),
    { flow: named, place: inForm("client_assertion_type"), unknown: badType },
    { flow: named, place: inForm("client_id"), unknown: badClient, says: tooLong },
    { flow: named, place: inForm("scope"), unknown: badScope, says: may },
    { flow: named, place: inForm("grant_type"), unknown: badGrantType, says: may },
    {
      ...assertionRow(world, short, inForm("assertion"), client, badClient),
      says: {
        empty: "400 invalid_request: client_assertion is required.",
        "left out": "400 invalid_request: client_assertion is required.",
      },
    },
    { flow: short, place: inForm("client_assertion_type"), unknown: badType },
  ];
}

/** What a bank's clients say of the person at their end. */
function headerRows(world: World): Row[] {
  const client = once(() => makeAsserter(world, {}));
  const headers: Pair[] = [
    ["x-fapi-auth-date", "Tue, 11 Sep 2012 19:43:31 GMT"],
    ["x-fapi-customer-ip-address", "198.51.100.7"],
    ["x-fapi-interaction-id", "73cac523-d3ae-2289-b106-330a6218710d"],
  ];
  const draft = async () => post("/token", headers, proof((await client())()));
  const flow: Flow = { name: "raidiam, headers", voice, draft };
  // A character for another of its kind can make another good value.
  const other = { "made up": null, "with one character changed": null, "left out": null };
  return headers.map(([name]) => {
    const unknown = `400 invalid_request: ${name} does not have the required form.`;
    const blank = `400 invalid_request: ${name} must not be blank.`;
    return {
      flow,
      place: inHeader(name),
      unknown,
      says: { ...other, empty: blank, "given twice": unknown, "given twice, once made up": unknown },
    };
  });
}

async function approved({ polymint }: World, form: Readonly<Record<string, string>>): Promise<DeviceCodes> {
  const { text } = await send(polymint.url, post("/device_authorization", [], form));
  const codes = JSON.parse(text) as DeviceCodes;
  await decideDeviceRequest(polymint, codes, true);
  return codes;
}

function deviceRows(world: World): Row[] {
  const [client, other] = [once(() => registerDevice(world.polymint)), once(() => registerDevice(world.polymint))];
  const draftOf = async (client_id: string): Promise<Draft> => {
    const { device_code } = await approved(world, { client_id });
    return post("/token", [], { grant_type: deviceGrant, client_id, device_code });
  };
  const flow: Flow = { name: "raidiam, device_code", voice, draft: async () => draftOf(await client()) };
  const [code, id] = [inForm("device_code"), inForm("client_id")];
  const specials: Row["specials"] = {
    "another client's": async () => {
      const mended = await draftOf(await other());
      return { bad: id.put(mended, await client()), mended };
    },
    spent: async () => {
      const bad = await flow.draft();
      expect((await send(world.polymint.url, bad)).status).toBe(200);
      return { bad, mended: await flow.draft() };
    },
    expired: async () => {
      const bad = await flow.draft();
      world.polymint.clock.advance(600);
      return { bad, mended: await flow.draft() };
    },
    "its user code": async () => {
      const codes = await approved(world, { client_id: await client() });
      const mended = code.put(await flow.draft(), codes.device_code);
      return { bad: code.put(mended, codes.user_code), mended };
    },
  };
  return [
    { flow, place: code, unknown: badGrant, says: { expired: "400 expired_token: The device code has expired. Begin again." }, specials },
    { flow, place: id, unknown: badClient, says: { ...tooLong, empty: badClient, "left out": badClient } },
    { flow, place: inForm("grant_type"), unknown: badGrantType, says: { empty: null, "left out": null } },
  ];
}

function assertingDeviceRows(world: World): Row[] {
  const client = once(() => makeAsserter(world, { grants: ["device_code"] }));
  const asserter = async () => (await client())();
  const draft = async (): Promise<Draft> => {
    const { device_code } = await approved(world, proof(await asserter()));
    return post("/token", [], { grant_type: deviceGrant, device_code, ...proof(await asserter()) });
  };
  const flow: Flow = { name: "raidiam, device_code with an assertion", voice, draft };
  return [
    { flow, place: inForm("device_code"), unknown: badGrant },
    assertionRow(world, flow, inForm("client_assertion"), client, badClient),
  ];
}

function beginRows(world: World): Row[] {
  const device = once(() => registerDevice(world.polymint, { scopes: ["alphabet", "beta"] }));
  const client = once(() => makeAsserter(world, { grants: ["device_code"] }));
  const begun = oauth("device-authorization");
  const bare: Flow = {
    name: "raidiam, /device_authorization",
    voice: begun,
    draft: async () => post("/device_authorization", [], { client_id: await device(), scope: "alphabet beta" }),
  };
  const proved: Flow = {
    name: "raidiam, /device_authorization with an assertion",
    voice: begun,
    draft: async () => post("/device_authorization", [], { ...proof((await client())()), scope: "alphabet beta" }),
  };
  return [
    { flow: bare, place: inForm("client_id"), unknown: badClient, says: { ...tooLong, empty: badClient, "left out": badClient } },
    { flow: bare, place: inForm("scope"), unknown: badScope, says: may },
    { flow: proved, place: inForm("scope"), unknown: badScope, says: may },
    { flow: proved, place: inForm("client_assertion_type"), unknown: badType },
    assertionRow(world, proved, inForm("client_assertion"), client, badClient),
  ];
}
