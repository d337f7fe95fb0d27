/** Rows for weavr's token endpoint, and values that other weavr rows use. */
import { createPublicKey } from "node:crypto";
import { makeSecret, makeSecretDigest } from "../../../../src/secrets/secret";
import { makeAuthTokens } from "../../../../src/store/programmes/auth-tokens";
import { makeIdentities } from "../../../../src/store/programmes/identities";
import { identityOf, weavrTokenPath, programmeOf } from "../../../harness/weavr-requests";
import { type AssertionSigner, signAssertion, makeBadAssertions } from "../assertion";
import { type RawRequest, type RequestField, send } from "../request-builder";
import { bearer, inHeader, inJson, type RequestPart } from "../request-parts";
import type { MatrixRow, RequestFlow, SpecialCase } from "../matrix";
import { weavrWording } from "../expected-wording";
import { once, makeJsonRequest, type ServerFixture } from "../fixture";

const [unproved, forbidden, unknownIdentity] = ["401", "403", "404 IDENTITY_NOT_FOUND"];

/** Rows for auth tokens, delegated assertions, one-time tokens, keys and identities at weavr's token endpoint. */
export function weavrRows(fixture: ServerFixture): MatrixRow[] {
  return [...authTokenRows(fixture), ...assertionRows(fixture), ...oneTimeRows(fixture)];
}

export const apiKeyField = ({ polymint }: ServerFixture): RequestField => ["api-key", polymint.clients.weavr.secret];

/** Issues an auth token, as a login does; by default to the seeded user. */
export async function issueAuthToken({ polymint }: ServerFixture, userId = polymint.user.id): Promise<string> {
  const token = makeSecret("auth_token");
  const { database, pepper, clock } = polymint;
  await makeAuthTokens({ database, digest: makeSecretDigest(pepper) }).issue(token, userId, "STANDARD", clock());
  return token;
}

/** @param foreign the wording for a valid key of another programme */
export function keyRow(fixture: ServerFixture, flow: RequestFlow, foreign: string): MatrixRow {
  const part = inHeader("api-key");
  const other = once(async () => (await fixture.polymint.register({ contracts: ["weavr"] })).secret?.value ?? "");
  const faultWordings = { "given twice": unproved, "given twice, once made up": unproved, "another programme's": foreign };
  return { flow, part, unknownWording: unproved, faultWordings, specialCases: { "another programme's": replaceWith(flow, part, other) } };
}

/** The row of bad auth tokens in the Authorization header. */
export function bearerRow(fixture: ServerFixture, flow: RequestFlow): MatrixRow {
  const twice = "400 authorization EXACTLY";
  const faultWordings = { empty: unproved, "left out": unproved, "given twice": twice, "given twice, once made up": twice };
  const specialCases: MatrixRow["specialCases"] = {
    expired: async () => {
      const bad = await flow.makeRequest();
      fixture.polymint.clock.advance(300);
      return { bad, good: await flow.makeRequest() };
    },
    revoked: async () => {
      const { database, pepper, clock } = fixture.polymint;
      const [bad, good] = [await flow.makeRequest(), await flow.makeRequest()];
      await makeAuthTokens({ database, digest: makeSecretDigest(pepper) }).revoke(bearer.read(bad), clock());
      return { bad, good };
    },
    "a one-time token": replaceWith(flow, bearer, () => fixture.polymint.createOneTimeToken()),
    "the api-key": replaceWith(flow, bearer, () => String(apiKeyField(fixture)[1])),
  };
  return { flow, part: bearer, unknownWording: unproved, faultWordings, specialCases };
}

/** A special case: another valid value in place of the right one. */
export function replaceWith(flow: RequestFlow, part: RequestPart, value: () => Promise<string> | string): () => Promise<SpecialCase> {
  return async () => {
    const good = await flow.makeRequest();
    return { bad: part.replace(good, await value()), good };
  };
}

function identityRows(fixture: ServerFixture, flow: RequestFlow, unknownWording: string): MatrixRow[] {
  const [type, id] = [inJson("identity.type"), inJson("identity.id")];
  const unlinked = () =>
    makeIdentities(fixture.polymint.database).create(programmeOf(fixture.polymint), "CORPORATE", fixture.polymint.clock());
  const regex = "400 identity.id REGEX";
  const noType = "400 identity.type REGEX, identity.type NOT_IN";
  const size = /^400 identity\.id SIZE/;
  const faultWordings = {
    empty: /identity\.id HAS_TEXT/,
    "8 KB long": size,
    "60 KB long": size,
    "with half a surrogate pair": regex,
    "with a line break and one more": regex,
  };
  return [
    {
      flow,
      part: id,
      unknownWording,
      faultWordings,
      specialCases: {
        "not the user's": replaceWith(flow, id, unlinked),
        "another one of the user's": replaceWith(flow, id, () => identityOf(fixture.polymint, 1).id),
      },
    },
    {
      flow,
      part: type,
      unknownWording: "400 identity.type NOT_IN",
      faultWordings: {
        empty: /identity\.type HAS_TEXT/,
        "the other one": unproved,
        "a number": noType,
        "in a list": noType,
        "in an object": noType,
      },
      specialCases: { "the other one": replaceWith(flow, type, () => "CONSUMER") },
    },
  ];
}

function makeTokenRequest(
  { polymint }: ServerFixture,
  headers: readonly RequestField[],
  proof: Readonly<Record<string, string>>,
): RawRequest {
  const { type, id } = identityOf(polymint);
  return makeJsonRequest(weavrTokenPath, headers, { "identity.type": type, "identity.id": id, ...proof });
}

function authTokenRows(fixture: ServerFixture): MatrixRow[] {
  const makeRequest = async () =>
    makeTokenRequest(fixture, [apiKeyField(fixture), ["Authorization", `Bearer ${await issueAuthToken(fixture)}`]], {});
  const flow: RequestFlow = { name: "weavr, auth token", wording: weavrWording("weavr"), makeRequest };
  const [id, type] = identityRows(fixture, flow, unknownIdentity);
  const ownOther = { "another one of the user's": unproved };
  return [
    bearerRow(fixture, flow),
    keyRow(fixture, flow, forbidden),
    { ...id, faultWordings: { ...id?.faultWordings, ...ownOther } } as MatrixRow,
    type as MatrixRow,
  ];
}

function oneTimeRows(fixture: ServerFixture): MatrixRow[] {
  const { clock } = { clock: () => fixture.polymint.clock };
  const token = inJson("token");
  const makeRequest = async () => makeTokenRequest(fixture, [apiKeyField(fixture)], { token: await fixture.polymint.createOneTimeToken() });
  const flow: RequestFlow = { name: "weavr, one-time token", wording: weavrWording("weavr"), makeRequest };
  const specialCases: MatrixRow["specialCases"] = {
    expired: async () => {
      const bad = await flow.makeRequest();
      clock().advance(120);
      return { bad, good: await flow.makeRequest() };
    },
    spent: async () => {
      const bad = await flow.makeRequest();
      expect((await send(fixture.polymint.url, bad)).status).toBe(200);
      return { bad, good: await flow.makeRequest() };
    },
    "an auth token": replaceWith(flow, token, () => issueAuthToken(fixture)),
  };
  const faultWordings = { "left out": unproved, null: unproved, empty: /token HAS_TEXT/ };
  return [
    { flow, part: token, unknownWording: unproved, faultWordings, specialCases },
    keyRow(fixture, flow, unproved),
    ...identityRows(fixture, flow, unknownIdentity),
  ];
}

function assertionRows(fixture: ServerFixture): MatrixRow[] {
  const makeDelegate = async (): Promise<() => AssertionSigner> => {
    await fixture.polymint.setDelegation(true);
    const { id, privateKey, certificate } = await fixture.polymint.createDelegatedClient({
      notAfter: fixture.polymint.clock() + 400 * 86_400_000,
    });
    return () => {
      const iat = Math.floor(fixture.polymint.clock() / 1000);
      const claims = { iss: id, sub: identityOf(fixture.polymint).id, iat, exp: iat + 60 };
      return { id, algorithm: "RS256", privateKey, publicKey: createPublicKey(certificate), claims };
    };
  };
  const [delegate, other] = [once(makeDelegate), once(makeDelegate)];
  const makeSigner = async () => (await delegate())();
  const part = inJson("clientAssertion");
  const makeRequest = async () => makeTokenRequest(fixture, [apiKeyField(fixture)], { clientAssertion: signAssertion(await makeSigner()) });
  const flow: RequestFlow = { name: "weavr, client assertion", wording: weavrWording("weavr"), makeRequest };
  const names = [
    "another client's iss",
    "an unknown iss",
    "an iss with NUL",
    "no iss",
    "another identity's sub",
    "a sub with NUL",
    "no sub",
    "an aud",
    "no iat",
    "exp 301 s after iat",
  ];
  const claims = async ({ id, claims: { iat, sub } }: AssertionSigner) => ({
    "another client's iss": { iss: (await other())().id },
    "an unknown iss": { iss: "nobody" },
    "an iss with NUL": { iss: `${id}\0` },
    "no iss": { iss: undefined },
    "another identity's sub": { sub: identityOf(fixture.polymint, 1).id },
    "a sub with NUL": { sub: `${String(sub)}\0` },
    "no sub": { sub: undefined },
    "an aud": { aud: fixture.polymint.issuer },
    "no iat": { iat: undefined },
    "exp 301 s after iat": { iat: Number(iat) - 100, exp: Number(iat) + 201 },
  });
  const specialCases: MatrixRow["specialCases"] = {
    ...makeBadAssertions(names, makeSigner, claims, { part, makeRequest: flow.makeRequest }),
    spent: async () => {
      const [used, good] = [await flow.makeRequest(), await flow.makeRequest()];
      expect((await send(fixture.polymint.url, used)).status).toBe(200);
      return { bad: part.replace(good, part.read(used)), good };
    },
  };
  const faultWordings = { "left out": unproved, null: unproved, empty: /clientAssertion HAS_TEXT/ };
  return [
    { flow, part, unknownWording: unproved, faultWordings, specialCases },
    keyRow(fixture, flow, forbidden),
    ...identityRows(fixture, flow, unproved),
  ];
}
