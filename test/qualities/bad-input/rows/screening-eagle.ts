/** Rows for screening-eagle's token endpoint. */
import { makeVerifier } from "../../../harness/authorize";
import { type ScreeningEagleApp, callback, allScopes, registerApp, tokenPath } from "../../../harness/screening-eagle-app";
import { type RawRequest, send } from "../request-builder";
import { inForm } from "../request-parts";
import type { MatrixRow, RequestFlow } from "../matrix";
import { screeningEagleWording as wording } from "../expected-wording";
import { registerSecretClient, once, makeFormRequest, type ServerFixture } from "../fixture";
import { basicRows } from "./basic";

const badGrant = "400 Bad Request: The authorization code or refresh token is not valid.";
const badClient = "401 Unauthorized: Client authentication failed.";
const badScope = "403 Forbidden: The client may not request this scope.";
const twoHeaders = "400 Bad Request: There is more than one Authorization header.";

type AppOf = () => Promise<ScreeningEagleApp>;

/** Rows for codes, refresh tokens, secrets and scopes at screening-eagle's token endpoint. */
export function screeningEagleRows(fixture: ServerFixture): MatrixRow[] {
  const app = once(() => registerApp(fixture.polymint));
  const other = once(() => registerApp(fixture.polymint));
  return [...codeRows(fixture, app, other), ...refreshRows(fixture, app, other), ...clientCredentialsRows(fixture)];
}

function codeRows(fixture: ServerFixture, app: AppOf, other: AppOf): MatrixRow[] {
  const makeRequestFor = async (owner: ScreeningEagleApp): Promise<RawRequest> => {
    const { code, codeVerifier } = await owner.authorize();
    const form = { grant_type: "authorization_code", code, redirect_uri: callback, code_verifier: codeVerifier };
    return makeFormRequest(tokenPath, [["Authorization", owner.authorization]], form);
  };
  const flow: RequestFlow = { name: "screening-eagle, authorization_code", wording, makeRequest: async () => makeRequestFor(await app()) };
  const [code, verifier] = [inForm("code"), inForm("code_verifier")];
  const [short, long] = [
    /^400 Bad Request: code_verifier must NOT have fewer than 43/,
    /^400 Bad Request: code_verifier must NOT have more than 128/,
  ];
  return [
    {
      flow,
      part: code,
      unknownWording: badGrant,
      specialCases: {
        ...makeLifetimeCases(fixture, flow, 60),
        ...makeForeignCases(makeRequestFor, app, other),
        ...makeOtherTokenCases(app, flow, "code"),
      },
    },
    { flow, part: inForm("redirect_uri"), unknownWording: badGrant },
    {
      flow,
      part: verifier,
      unknownWording: badGrant,
      faultWordings: {
        "with a line break and one more": "400 Bad Request: code_verifier does not have the required form.",
        "without its last character": short,
        "cut in half": short,
        "8 KB long": long,
        "60 KB long": long,
      },
      specialCases: {
        "another request's": async () => {
          const good = await flow.makeRequest();
          return { bad: verifier.replace(good, makeVerifier()), good };
        },
      },
    },
    { flow, part: inForm("grant_type"), unknownWording: /^400 Bad Request: grant_type must be equal to one of the allowed values/ },
    ...basicRows(flow, badClient, twoHeaders),
  ];
}

function refreshRows(fixture: ServerFixture, app: AppOf, other: AppOf): MatrixRow[] {
  const makeRequestFor = async (owner: ScreeningEagleApp): Promise<RawRequest> => {
    const { refresh_token } = await owner.tokens();
    return makeFormRequest(tokenPath, [["Authorization", owner.authorization]], {
      grant_type: "refresh_token",
      refresh_token,
      scope: allScopes,
    });
  };
  const flow: RequestFlow = { name: "screening-eagle, refresh_token", wording, makeRequest: async () => makeRequestFor(await app()) };
  const specialCases = {
    ...makeLifetimeCases(fixture, flow, 30 * 86_400),
    ...makeForeignCases(makeRequestFor, app, other),
    ...makeOtherTokenCases(app, flow, "refresh_token"),
  };
  return [
    { flow, part: inForm("refresh_token"), unknownWording: badGrant, specialCases },
    // Without a scope the request means all that was consented to.
    { flow, part: inForm("scope"), unknownWording: badScope, faultWordings: { empty: null, "left out": null } },
    ...basicRows(flow, badClient, twoHeaders),
  ];
}

function clientCredentialsRows(fixture: ServerFixture): MatrixRow[] {
  const client = once(() =>
    registerSecretClient(fixture.polymint.register, { contracts: ["screening-eagle"], scopes: ["inspect", "email"] }),
  );
  const makeRequest = async () =>
    makeFormRequest(tokenPath, [(await client()).authorization], { grant_type: "client_credentials", scope: "inspect email" });
  const flow: RequestFlow = { name: "screening-eagle, client_credentials", wording, makeRequest };
  return [{ flow, part: inForm("scope"), unknownWording: badScope }, ...basicRows(flow, badClient, twoHeaders)];
}

/** Values that have expired, and values that were used. The clock moves past the grace period of a refresh token. */
function makeLifetimeCases(fixture: ServerFixture, flow: RequestFlow, seconds: number): NonNullable<MatrixRow["specialCases"]> {
  return {
    expired: async () => {
      const bad = await flow.makeRequest();
      fixture.polymint.clock.advance(seconds);
      return { bad, good: await flow.makeRequest() };
    },
    spent: async () => {
      const bad = await flow.makeRequest();
      expect((await send(fixture.polymint.url, bad)).status).toBe(200);
      fixture.polymint.clock.advance(10);
      return { bad, good: await flow.makeRequest() };
    },
  };
}

/** Another client's value, which that client must still be able to use. */
function makeForeignCases(
  makeRequestFor: (app: ScreeningEagleApp) => Promise<RawRequest>,
  app: AppOf,
  other: AppOf,
): NonNullable<MatrixRow["specialCases"]> {
  return {
    "another client's": async () => {
      const good = await makeRequestFor(await other());
      return { bad: { ...good, headers: [["Authorization", (await app()).authorization]] }, good };
    },
  };
}

function makeOtherTokenCases(app: AppOf, flow: RequestFlow, name: "code" | "refresh_token"): NonNullable<MatrixRow["specialCases"]> {
  const insertInstead = (value: () => Promise<string>) => async () => {
    const good = await flow.makeRequest();
    return { bad: inForm(name).replace(good, await value()), good };
  };
  return {
    "an access token": insertInstead(async () => (await (await app()).tokens()).access_token),
    "an id token": insertInstead(async () => (await (await app()).tokens()).id_token),
    ...(name === "code"
      ? { "a refresh token": insertInstead(async () => (await (await app()).tokens()).refresh_token) }
      : { "a code": insertInstead(async () => (await (await app()).authorize()).code) }),
  };
}
