/** Rows for userinfo. */
import { registerApp } from "../../../harness/screening-eagle-app";
import { tokenOf } from "../../../harness/bearer-tokens";
import { contractNames } from "../../../harness/token-requests";
import { type RawRequest, send } from "../request-builder";
import { bearer, inForm } from "../request-parts";
import type { MatrixRow, RequestFlow, SpecialCase } from "../matrix";
import { oauthWording } from "../expected-wording";
import { once, makeFormRequest, type ServerFixture } from "../fixture";

const none = "401 An access token is needed.";
const tooFew = "403 insufficient_scope: The access token lacks the scope openid.";
const twice = "400 invalid_request: There is more than one Authorization header.";

/** Rows for the bearer token at /userinfo. */
export function userinfoRows(fixture: ServerFixture): MatrixRow[] {
  const app = once(() => registerApp(fixture.polymint));
  const asking = (token: string): RawRequest => ({
    method: "GET",
    path: "/userinfo",
    query: [],
    headers: [["Authorization", `Bearer ${token}`]],
  });
  const makeRequest = async () => asking((await (await app()).tokens()).access_token);
  const flow: RequestFlow = { name: "/userinfo", wording: oauthWording("userinfo"), makeRequest };
  const other = (token: () => Promise<string>) => async () => ({ bad: asking(await token()), good: await makeRequest() });
  const faultWordings: Record<string, string> = { empty: none, "left out": none, "given twice": twice, "given twice, once made up": twice };
  const specialCases: Record<string, () => Promise<SpecialCase>> = {
    expired: async () => {
      const bad = await makeRequest();
      fixture.polymint.clock.advance(604_800);
      return { bad, good: await makeRequest() };
    },
    revoked: async () => {
      const [bad, good] = [await makeRequest(), await makeRequest()];
      const revocation = makeFormRequest("/oauth2/revoke", [["Authorization", (await app()).authorization]], { token: bearer.read(bad) });
      expect((await send(fixture.polymint.url, revocation)).status).toBe(200);
      return { bad, good };
    },
    "a refresh token": other(async () => (await (await app()).tokens()).refresh_token),
    "an id token": other(async () => (await (await app()).tokens()).id_token),
    "without the scope openid": other(async () => (await (await app()).tokens({ scope: "email offline" })).access_token),
  };
  for (const contract of contractNames) specialCases[`of ${contract}`] = other(() => tokenOf(fixture.polymint, contract));
  for (const lacking of ["without the scope openid", "of screening-eagle"]) faultWordings[lacking] = tooFew;
  const makePost = async () => makeFormRequest("/userinfo", [], { access_token: (await (await app()).tokens()).access_token });
  const posting: RequestFlow = { name: "/userinfo by POST", wording: oauthWording("userinfo"), makeRequest: makePost };
  const inBody = { empty: none, "left out": none };
  const unknownWording = "401 invalid_token: The access token is not valid.";
  return [
    { flow, part: bearer, unknownWording, faultWordings, specialCases },
    { flow: posting, part: inForm("access_token"), unknownWording, faultWordings: inBody },
  ];
}
