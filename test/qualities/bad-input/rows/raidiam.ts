/** Rows for raidiam's token and device authorization endpoints. */
import { generateKeyPairSync } from "node:crypto";
import type { Registration } from "../../../../src/registration/registration";
import { jwtBearer } from "../../../harness/assertion-client";
import { decideDeviceRequest, type DeviceCodes, deviceGrant, registerDevice } from "../../../harness/device-client";
import { type AssertionSigner, signAssertion, makeBadAssertions } from "../assertion";
import { type RawRequest, type RequestField, send } from "../request-builder";
import { inForm, inHeader, type RequestPart } from "../request-parts";
import type { MatrixRow, RequestFlow } from "../matrix";
import { oauthWording } from "../expected-wording";
import { once, makeFormRequest, type ServerFixture } from "../fixture";

const wording = oauthWording("raidiam");
const badClient = "400 invalid_client: Client authentication failed.";
const badGrant = "400 invalid_grant: The grant is not valid.";
const badScope = "400 invalid_scope: The client may not have this scope.";
const badGrantType = "400 unsupported_grant_type: This grant type is not offered.";
const tooLongId = "400 invalid_request: client_id must NOT have more than 255 characters.";
const tooLong = { "8 KB long": tooLongId, "60 KB long": tooLongId };
const optional = { empty: null, "left out": null };

/** Registers a client that signs assertions. @returns a function that gives its key and fresh claims */
export async function makeAssertionSigner(
  { polymint }: ServerFixture,
  registration: Partial<Registration>,
): Promise<() => AssertionSigner> {
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

/** The row of bad client assertions (RFC 7523), for any endpoint at which a client authenticates by one. */
export function assertionRow(
  fixture: ServerFixture,
  flow: RequestFlow,
  part: RequestPart,
  client: () => Promise<() => AssertionSigner>,
  unknownWording: string,
): MatrixRow & { faultWordings: Record<string, string> } {
  const other = once(() => makeAssertionSigner(fixture, {}));
  const names = ["another client's iss", "another client's sub", "nobody's name", "a name with NUL", "a name of 4 KB", "no iss", "no sub"];
  const audiences = [
    "another server's aud",
    "another endpoint's aud",
    "two audiences",
    "our issuer twice in a list",
    "another server's aud in a list",
    "no aud",
    "an aud with NUL",
  ];
  const claims = async ({ id }: AssertionSigner) => {
    const { issuer } = fixture.polymint;
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
      "our issuer twice in a list": { aud: [issuer, issuer] },
      "another server's aud in a list": { aud: ["https://elsewhere.example"] },
      "no aud": { aud: undefined },
      "an aud with NUL": { aud: `${issuer}\0` },
    };
  };
  const makeSigner = async () => (await client())();
  const specialCases: MatrixRow["specialCases"] = {
    ...makeBadAssertions([...names, ...audiences], makeSigner, claims, { part, makeRequest: flow.makeRequest }),
    spent: async () => {
      const [used, good] = [await flow.makeRequest(), await flow.makeRequest()];
      expect((await send(fixture.polymint.url, used)).status).toBe(200);
      return { bad: part.replace(good, part.read(used)), good };
    },
    "another client's": async () => {
      const good = await flow.makeRequest();
      const theirs = signAssertion((await other())());
      return { bad: part.replace(inForm("client_id").replace(good, (await makeSigner()).id), theirs), good };
    },
  };
  const faultWordings = Object.fromEntries(
    Object.entries(timeFaults).map(([name, fault]) => [name, `${unknownWording.split(":")[0] ?? ""}: The assertion's ${fault}.`]),
  );
  return { flow, part, unknownWording, faultWordings, specialCases };
}

/** What the signer of an assertion is told of its times, by the name of the fault. */
const timeFaults: Readonly<Record<string, string>> = {
  "exp a minute ago": "exp has passed",
  "exp now": "exp has passed",
  "no exp": "exp is missing or no number of seconds",
  "exp in words": "exp is missing or no number of seconds",
  "exp a day ahead": "exp is more than 3600 s ahead",
  "exp beyond all time": "exp is missing or no number of seconds",
  "iat a minute and more ahead": "iat is more than 60 s in the future",
  "iat in words": "iat is no number of seconds",
  "nbf a minute and more ahead": "nbf is more than 60 s in the future",
};

const makeAssertionFields = (signer: AssertionSigner) => ({
  client_assertion_type: jwtBearer,
  client_assertion: signAssertion(signer),
});
const badType = /^400 invalid_request: client_assertion_type must/;

/** Rows for assertions, device codes and scopes at raidiam's endpoints. */
export function raidiamRows(fixture: ServerFixture): MatrixRow[] {
  return [
    ...clientCredentialsRows(fixture),
    ...headerRows(fixture),
    ...deviceRows(fixture),
    ...assertingDeviceRows(fixture),
    ...beginRows(fixture),
  ];
}

function clientCredentialsRows(fixture: ServerFixture): MatrixRow[] {
  const client = once(() => makeAssertionSigner(fixture, {}));
  const form = async () => ({ client_id: (await client())().id, ...makeAssertionFields((await client())()), scope: "alphabet beta" });
  const named: RequestFlow = {
    name: "raidiam, private_key_jwt",
    wording,
    makeRequest: async () => makeFormRequest("/token", [], { grant_type: "private_key_jwt", ...(await form()) }),
  };
  const short: RequestFlow = {
    name: "raidiam, client_credentials",
    wording,
    makeRequest: async () =>
      makeFormRequest("/token", [], {
        grant_type: "client_credentials",
        client_assertion_type: jwtBearer,
        assertion: signAssertion((await client())()),
      }),
  };
  const shortRow = assertionRow(fixture, short, inForm("assertion"), client, badClient);
  return [
    assertionRow(fixture, named, inForm("client_assertion"), client, badClient),
    { flow: named, part: inForm("client_assertion_type"), unknownWording: badType },
    { flow: named, part: inForm("client_id"), unknownWording: badClient, faultWordings: tooLong },
    { flow: named, part: inForm("scope"), unknownWording: badScope, faultWordings: optional },
    { flow: named, part: inForm("grant_type"), unknownWording: badGrantType, faultWordings: optional },
    {
      ...shortRow,
      faultWordings: {
        ...shortRow.faultWordings,
        empty: "400 invalid_request: client_assertion is required.",
        "left out": "400 invalid_request: client_assertion is required.",
      },
    },
    { flow: short, part: inForm("client_assertion_type"), unknownWording: badType },
  ];
}

/** FAPI headers, in which a client describes its user. */
function headerRows(fixture: ServerFixture): MatrixRow[] {
  const client = once(() => makeAssertionSigner(fixture, {}));
  const headers: RequestField[] = [
    ["x-fapi-auth-date", "Tue, 11 Sep 2012 19:43:31 GMT"],
    ["x-fapi-customer-ip-address", "198.51.100.7"],
    ["x-fapi-interaction-id", "73cac523-d3ae-2289-b106-330a6218710d"],
  ];
  const makeRequest = async () => makeFormRequest("/token", headers, makeAssertionFields((await client())()));
  const flow: RequestFlow = { name: "raidiam, headers", wording, makeRequest };
  // Replacing a character by one of the same kind can make another valid value.
  const other = { "made up": null, "with one character changed": null, "left out": null };
  return headers.map(([name]) => {
    const unknownWording = `400 invalid_request: ${name} does not have the required form.`;
    const blank = `400 invalid_request: ${name} must not be blank.`;
    return {
      flow,
      part: inHeader(name),
      unknownWording,
      faultWordings: { ...other, empty: blank, "given twice": unknownWording, "given twice, once made up": unknownWording },
    };
  });
}

async function approveDevice({ polymint }: ServerFixture, form: Readonly<Record<string, string>>): Promise<DeviceCodes> {
  const { text } = await send(polymint.url, makeFormRequest("/device_authorization", [], form));
  const codes = JSON.parse(text) as DeviceCodes;
  await decideDeviceRequest(polymint, codes, true);
  return codes;
}

function deviceRows(fixture: ServerFixture): MatrixRow[] {
  const [client, other] = [once(() => registerDevice(fixture.polymint)), once(() => registerDevice(fixture.polymint))];
  const makeRequestFor = async (client_id: string): Promise<RawRequest> => {
    const { device_code } = await approveDevice(fixture, { client_id });
    return makeFormRequest("/token", [], { grant_type: deviceGrant, client_id, device_code });
  };
  const flow: RequestFlow = { name: "raidiam, device_code", wording, makeRequest: async () => makeRequestFor(await client()) };
  const [code, id] = [inForm("device_code"), inForm("client_id")];
  const specialCases: MatrixRow["specialCases"] = {
    "another client's": async () => {
      const good = await makeRequestFor(await other());
      return { bad: id.replace(good, await client()), good };
    },
    spent: async () => {
      const bad = await flow.makeRequest();
      expect((await send(fixture.polymint.url, bad)).status).toBe(200);
      return { bad, good: await flow.makeRequest() };
    },
    expired: async () => {
      const bad = await flow.makeRequest();
      fixture.polymint.clock.advance(600);
      return { bad, good: await flow.makeRequest() };
    },
    "its user code": async () => {
      const codes = await approveDevice(fixture, { client_id: await client() });
      const good = code.replace(await flow.makeRequest(), codes.device_code);
      return { bad: code.replace(good, codes.user_code), good };
    },
  };
  return [
    {
      flow,
      part: code,
      unknownWording: badGrant,
      faultWordings: { expired: "400 expired_token: The device code has expired. Begin again." },
      specialCases,
    },
    { flow, part: id, unknownWording: badClient, faultWordings: { ...tooLong, empty: badClient, "left out": badClient } },
    { flow, part: inForm("grant_type"), unknownWording: badGrantType, faultWordings: { empty: null, "left out": null } },
  ];
}

function assertingDeviceRows(fixture: ServerFixture): MatrixRow[] {
  const client = once(() => makeAssertionSigner(fixture, { grants: ["device_code"], scopes: ["a", "b"] }));
  const makeSigner = async () => (await client())();
  const makeRequest = async (): Promise<RawRequest> => {
    const { device_code } = await approveDevice(fixture, makeAssertionFields(await makeSigner()));
    return makeFormRequest("/token", [], { grant_type: deviceGrant, device_code, ...makeAssertionFields(await makeSigner()) });
  };
  const flow: RequestFlow = { name: "raidiam, device_code with an assertion", wording, makeRequest };
  return [
    { flow, part: inForm("device_code"), unknownWording: badGrant },
    assertionRow(fixture, flow, inForm("client_assertion"), client, badClient),
  ];
}

function beginRows(fixture: ServerFixture): MatrixRow[] {
  const device = once(() => registerDevice(fixture.polymint, { scopes: ["alphabet", "beta"] }));
  const client = once(() => makeAssertionSigner(fixture, { grants: ["device_code"] }));
  const begun = oauthWording("device-authorization");
  const bare: RequestFlow = {
    name: "raidiam, /device_authorization",
    wording: begun,
    makeRequest: async () => makeFormRequest("/device_authorization", [], { client_id: await device(), scope: "alphabet beta" }),
  };
  const proved: RequestFlow = {
    name: "raidiam, /device_authorization with an assertion",
    wording: begun,
    makeRequest: async () =>
      makeFormRequest("/device_authorization", [], { ...makeAssertionFields((await client())()), scope: "alphabet beta" }),
  };
  return [
    {
      flow: bare,
      part: inForm("client_id"),
      unknownWording: badClient,
      faultWordings: { ...tooLong, empty: badClient, "left out": badClient },
    },
    { flow: bare, part: inForm("scope"), unknownWording: badScope, faultWordings: optional },
    { flow: proved, part: inForm("scope"), unknownWording: badScope, faultWordings: optional },
    { flow: proved, part: inForm("client_assertion_type"), unknownWording: badType },
    assertionRow(fixture, proved, inForm("client_assertion"), client, badClient),
  ];
}
