import { createPublicKey } from "node:crypto";
import { makeSecret, makeSecretDigest } from "../../../../src/secrets/secret";
import { makeAuthTokens } from "../../../../src/store/programmes/auth-tokens";
import { makeIdentities } from "../../../../src/store/programmes/identities";
import { identityOf, weavrTokenPath, programmeOf } from "../../../harness/weavr-requests";
import { type Asserter, assertionOf, badAssertions } from "../assertion";
import { type Draft, type Pair, send } from "../request-builder";
import { bearer, inHeader, inJson, type Place } from "../request-parts";
import type { Flow, Row } from "../matrix";
import { weavr } from "../expected-wording";
import { once, postJson, type World } from "../fixture";

const [unproved, forbidden, nobody] = ["401", "403", "404 IDENTITY_NOT_FOUND"];

/** Auth tokens, delegated assertions, one-time tokens, keys and identities at weavr's token endpoint. */
export function weavrRows(world: World): Row[] {
  return [...authTokenRows(world), ...assertionRows(world), ...oneTimeRows(world)];
}

export const keyOf = ({ polymint }: World): Pair => ["api-key", polymint.clients.weavr?.secret ?? ""];

/** A fresh auth token of a user, as a login leaves it; by default of the seeded one. */
export async function authTokenOf({ polymint }: World, userId = polymint.user.id): Promise<string> {
  const token = makeSecret("auth_token");
  const { database, pepper, clock } = polymint;
  await makeAuthTokens({ database, digest: makeSecretDigest(pepper) }).issue(token, userId, "STANDARD", clock());
  return token;
}

/** @param foreign what is said of a good key of another programme */
export function keyRow(world: World, flow: Flow, foreign: string): Row {
  const place = inHeader("api-key");
  const other = once(async () => (await world.polymint.register({ contracts: ["weavr"] })).secret?.value ?? "");
  const says = { "given twice": unproved, "given twice, once made up": unproved, "another programme's": foreign };
  return { flow, place, unknown: unproved, says, specials: { "another programme's": instead(flow, place, other) } };
}

/** Auth tokens in the header. */
export function bearerRow(world: World, flow: Flow): Row {
  const twice = "400 authorization EXACTLY";
  const says = { empty: unproved, "left out": unproved, "given twice": twice, "given twice, once made up": twice };
  const specials: Row["specials"] = {
    expired: async () => {
      const bad = await flow.draft();
      world.polymint.clock.advance(300);
      return { bad, mended: await flow.draft() };
    },
    revoked: async () => {
      const { database, pepper, clock } = world.polymint;
      const [bad, mended] = [await flow.draft(), await flow.draft()];
      await makeAuthTokens({ database, digest: makeSecretDigest(pepper) }).revoke(bearer.get(bad), clock());
      return { bad, mended };
    },
    "a one-time token": instead(flow, bearer, () => world.polymint.createOneTimeToken()),
    "the api-key": instead(flow, bearer, () => String(keyOf(world)[1])),
  };
  return { flow, place: bearer, unknown: unproved, says, specials };
}

/** Another good value in the place of the right one. */
export function instead(flow: Flow, place: Place, value: () => Promise<string> | string): () => Promise<{ bad: Draft; mended: Draft }> {
  return async () => {
    const mended = await flow.draft();
    return { bad: place.put(mended, await value()), mended };
  };
}

function identityRows(world: World, flow: Flow, unknown: string): Row[] {
  const [type, id] = [inJson("identity.type"), inJson("identity.id")];
  const unlinked = () => makeIdentities(world.polymint.database).create(programmeOf(world.polymint), "CORPORATE", world.polymint.clock());
  const regex = "400 identity.id REGEX";
  const noType = "400 identity.type REGEX, identity.type NOT_IN";
  const size = /^400 identity\.id SIZE/;
  const says = {
    empty: /identity\.id HAS_TEXT/,
    "8 KB long": size,
    "60 KB long": size,
    "with half a surrogate pair": regex,
    "with a line break and one more": regex,
  };
  return [
    {
      flow,
      place: id,
      unknown,
      says,
      specials: {
        "not the user's": instead(flow, id, unlinked),
        "another one of the user's": instead(flow, id, () => identityOf(world.polymint, 1).id),
      },
    },
    {
      flow,
      place: type,
      unknown: "400 identity.type NOT_IN",
      says: {
        empty: /identity\.type HAS_TEXT/,
        "the other one": unproved,
        "a number": noType,
        "in a list": noType,
        "in an object": noType,
      },
      specials: { "the other one": instead(flow, type, () => "CONSUMER") },
    },
  ];
}

function askFor({ polymint }: World, headers: readonly Pair[], proof: Readonly<Record<string, string>>): Draft {
  const { type, id } = identityOf(polymint);
  return postJson(weavrTokenPath, headers, { "identity.type": type, "identity.id": id, ...proof });
}

function authTokenRows(world: World): Row[] {
  const draft = async () => askFor(world, [keyOf(world), ["Authorization", `Bearer ${await authTokenOf(world)}`]], {});
  const flow: Flow = { name: "weavr, auth token", voice: weavr("weavr"), draft };
  const [id, type] = identityRows(world, flow, nobody);
  const ownOther = { "another one of the user's": unproved };
  return [bearerRow(world, flow), keyRow(world, flow, forbidden), { ...id, says: { ...id?.says, ...ownOther } } as Row, type as Row];
}

function oneTimeRows(world: World): Row[] {
  const { clock } = { clock: () => world.polymint.clock };
  const token = inJson("token");
  const draft = async () => askFor(world, [keyOf(world)], { token: await world.polymint.createOneTimeToken() });
  const flow: Flow = { name: "weavr, one-time token", voice: weavr("weavr"), draft };
  const specials: Row["specials"] = {
    expired: async () => {
      const bad = await flow.draft();
      clock().advance(120);
      return { bad, mended: await flow.draft() };
    },
    spent: async () => {
      const bad = await flow.draft();
      expect((await send(world.polymint.url, bad)).status).toBe(200);
      return { bad, mended: await flow.draft() };
    },
    "an auth token": instead(flow, token, () => authTokenOf(world)),
  };
  const says = { "left out": unproved, null: unproved, empty: /token HAS_TEXT/ };
  return [{ flow, place: token, unknown: unproved, says, specials }, keyRow(world, flow, unproved), ...identityRows(world, flow, nobody)];
}

function assertionRows(world: World): Row[] {
  const makeDelegate = async (): Promise<() => Asserter> => {
    await world.polymint.setDelegation(true);
    const { id, privateKey, certificate } = await world.polymint.createDelegatedClient({
      notAfter: world.polymint.clock() + 400 * 86_400_000,
    });
    return () => {
      const iat = Math.floor(world.polymint.clock() / 1000);
      const claims = { iss: id, sub: identityOf(world.polymint).id, iat, exp: iat + 60 };
      return { id, algorithm: "RS256", privateKey, publicKey: createPublicKey(certificate), claims };
    };
  };
  const [delegate, other] = [once(makeDelegate), once(makeDelegate)];
  const asserter = async () => (await delegate())();
  const place = inJson("clientAssertion");
  const draft = async () => askFor(world, [keyOf(world)], { clientAssertion: assertionOf(await asserter()) });
  const flow: Flow = { name: "weavr, client assertion", voice: weavr("weavr"), draft };
  const names = [
    "another client's iss",
    "nobody's iss",
    "an iss with NUL",
    "no iss",
    "another identity's sub",
    "a sub with NUL",
    "no sub",
    "an aud",
    "no iat",
    "exp 301 s after iat",
  ];
  const claims = async ({ id, claims: { iat, sub } }: Asserter) => ({
    "another client's iss": { iss: (await other())().id },
    "nobody's iss": { iss: "nobody" },
    "an iss with NUL": { iss: `${id}\0` },
    "no iss": { iss: undefined },
    "another identity's sub": { sub: identityOf(world.polymint, 1).id },
    "a sub with NUL": { sub: `${String(sub)}\0` },
    "no sub": { sub: undefined },
    "an aud": { aud: world.polymint.issuer },
    "no iat": { iat: undefined },
    "exp 301 s after iat": { iat: Number(iat) - 100, exp: Number(iat) + 201 },
  });
  const specials: Row["specials"] = {
    ...badAssertions(names, asserter, claims, { place, draft: flow.draft }),
    spent: async () => {
      const [used, mended] = [await flow.draft(), await flow.draft()];
      expect((await send(world.polymint.url, used)).status).toBe(200);
      return { bad: place.put(mended, place.get(used)), mended };
    },
  };
  const says = { "left out": unproved, null: unproved, empty: /clientAssertion HAS_TEXT/ };
  return [{ flow, place, unknown: unproved, says, specials }, keyRow(world, flow, forbidden), ...identityRows(world, flow, unproved)];
}
