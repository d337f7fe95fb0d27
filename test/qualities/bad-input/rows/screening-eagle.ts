import { makeVerifier } from "../../../harness/authorize";
import { type ScreeningEagleApp, callback, allScopes, registerApp, tokenPath } from "../../../harness/screening-eagle-app";
import { type Draft, send } from "../request-builder";
import { inForm } from "../request-parts";
import type { Flow, Row } from "../matrix";
import { screeningEagle as voice } from "../expected-wording";
import { newClient, once, post, type World } from "../fixture";
import { basicRows } from "./basic";

const badGrant = "400 Bad Request: The authorization code or refresh token is not valid.";
const badClient = "401 Unauthorized: Client authentication failed.";
const badScope = "403 Forbidden: The client may not request this scope.";
const twoHeaders = "400 Bad Request: There is more than one Authorization header.";

type AppOf = () => Promise<ScreeningEagleApp>;

/** Codes, refresh tokens, secrets and scopes at screening-eagle's token endpoint. */
export function screeningEagleRows(world: World): Row[] {
  const app = once(() => registerApp(world.polymint));
  const other = once(() => registerApp(world.polymint));
  return [...codeRows(world, app, other), ...refreshRows(world, app, other), ...clientCredentialsRows(world)];
}

function codeRows(world: World, app: AppOf, other: AppOf): Row[] {
  const draftOf = async (owner: ScreeningEagleApp): Promise<Draft> => {
    const { code, codeVerifier } = await owner.authorize();
    const form = { grant_type: "authorization_code", code, redirect_uri: callback, code_verifier: codeVerifier };
    return post(tokenPath, [["Authorization", owner.authorization]], form);
  };
  const flow: Flow = { name: "screening-eagle, authorization_code", voice, draft: async () => draftOf(await app()) };
  const [code, verifier] = [inForm("code"), inForm("code_verifier")];
  const [short, long] = [
    /^400 Bad Request: code_verifier must NOT have fewer than 43/,
    /^400 Bad Request: code_verifier must NOT have more than 128/,
  ];
  return [
    {
      flow,
      place: code,
      unknown: badGrant,
      specials: { ...lives(world, flow, 60), ...foreign(draftOf, app, other), ...otherTokens(app, flow, "code") },
    },
    { flow, place: inForm("redirect_uri"), unknown: badGrant },
    {
      flow,
      place: verifier,
      unknown: badGrant,
      says: {
        "with a line break and one more": "400 Bad Request: code_verifier does not have the required form.",
        "without its last character": short,
        "cut in half": short,
        "8 KB long": long,
        "60 KB long": long,
      },
      specials: {
        "another request's": async () => {
          const mended = await flow.draft();
          return { bad: verifier.put(mended, makeVerifier()), mended };
        },
      },
    },
    { flow, place: inForm("grant_type"), unknown: /^400 Bad Request: grant_type must be equal to one of the allowed values/ },
    ...basicRows(flow, badClient, twoHeaders),
  ];
}

function refreshRows(world: World, app: AppOf, other: AppOf): Row[] {
  const draftOf = async (owner: ScreeningEagleApp): Promise<Draft> => {
    const { refresh_token } = await owner.tokens();
    return post(tokenPath, [["Authorization", owner.authorization]], { grant_type: "refresh_token", refresh_token, scope: allScopes });
  };
  const flow: Flow = { name: "screening-eagle, refresh_token", voice, draft: async () => draftOf(await app()) };
  const specials = { ...lives(world, flow, 30 * 86_400), ...foreign(draftOf, app, other), ...otherTokens(app, flow, "refresh_token") };
  return [
    { flow, place: inForm("refresh_token"), unknown: badGrant, specials },
    // What was consented to is what is asked for where nothing is named.
    { flow, place: inForm("scope"), unknown: badScope, says: { empty: null, "left out": null } },
    ...basicRows(flow, badClient, twoHeaders),
  ];
}

function clientCredentialsRows(world: World): Row[] {
  const client = once(() => newClient(world.polymint.register, { contracts: ["screening-eagle"], scopes: ["inspect", "email"] }));
  const draft = async () => post(tokenPath, [(await client()).proof], { grant_type: "client_credentials", scope: "inspect email" });
  const flow: Flow = { name: "screening-eagle, client_credentials", voice, draft };
  return [{ flow, place: inForm("scope"), unknown: badScope }, ...basicRows(flow, badClient, twoHeaders)];
}

/** What has lived too long, and what was used. The grace of a refresh token is over by then. */
function lives(world: World, flow: Flow, seconds: number): NonNullable<Row["specials"]> {
  return {
    expired: async () => {
      const bad = await flow.draft();
      world.polymint.clock.advance(seconds);
      return { bad, mended: await flow.draft() };
    },
    spent: async () => {
      const bad = await flow.draft();
      expect((await send(world.polymint.url, bad)).status).toBe(200);
      world.polymint.clock.advance(10);
      return { bad, mended: await flow.draft() };
    },
  };
}

/** Another client's: its owner can still use it. */
function foreign(draftOf: (app: ScreeningEagleApp) => Promise<Draft>, app: AppOf, other: AppOf): NonNullable<Row["specials"]> {
  return {
    "another client's": async () => {
      const mended = await draftOf(await other());
      return { bad: { ...mended, headers: [["Authorization", (await app()).authorization]] }, mended };
    },
  };
}

function otherTokens(app: AppOf, flow: Flow, name: "code" | "refresh_token"): NonNullable<Row["specials"]> {
  const inItsPlace = (value: () => Promise<string>) => async () => {
    const mended = await flow.draft();
    return { bad: inForm(name).put(mended, await value()), mended };
  };
  return {
    "an access token": inItsPlace(async () => (await (await app()).tokens()).access_token),
    "an id token": inItsPlace(async () => (await (await app()).tokens()).id_token),
    ...(name === "code"
      ? { "a refresh token": inItsPlace(async () => (await (await app()).tokens()).refresh_token) }
      : { "a code": inItsPlace(async () => (await (await app()).authorize()).code) }),
  };
}
