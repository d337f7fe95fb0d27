import { registerApp } from "../../../harness/screening-eagle-app";
import { contracts, tokenOf } from "../../../harness/bearer-tokens";
import { type Draft, send } from "../request-builder";
import { bearer } from "../request-parts";
import type { Flow, Row, Special } from "../matrix";
import { oauth } from "../expected-wording";
import { once, post, type World } from "../fixture";

const none = "401 An access token is needed.";
const tooFew = "403 insufficient_scope: The access token lacks the scope openid.";
const twice = "400 invalid_request: There is more than one Authorization header.";

/** The bearer token at /userinfo. */
export function userinfoRows(world: World): Row[] {
  const app = once(() => registerApp(world.polymint));
  const asking = (token: string): Draft => ({
    method: "GET",
    path: "/userinfo",
    query: [],
    headers: [["Authorization", `Bearer ${token}`]],
  });
  const draft = async () => asking((await (await app()).tokens()).access_token);
  const flow: Flow = { name: "/userinfo", voice: oauth("userinfo"), draft };
  const other = (token: () => Promise<string>) => async () => ({ bad: asking(await token()), mended: await draft() });
  const says: Record<string, string> = { empty: none, "left out": none, "given twice": twice, "given twice, once made up": twice };
  const specials: Record<string, () => Promise<Special>> = {
    expired: async () => {
      const bad = await draft();
      world.polymint.clock.advance(604_800);
      return { bad, mended: await draft() };
    },
    revoked: async () => {
      const [bad, mended] = [await draft(), await draft()];
      const revocation = post("/oauth2/revoke", [["Authorization", (await app()).authorization]], { token: bearer.get(bad) });
      expect((await send(world.polymint.url, revocation)).status).toBe(200);
      return { bad, mended };
    },
    "a refresh token": other(async () => (await (await app()).tokens()).refresh_token),
    "an id token": other(async () => (await (await app()).tokens()).id_token),
    "without the scope openid": other(async () => (await (await app()).tokens({ scope: "email offline" })).access_token),
  };
  for (const contract of contracts) specials[`of ${contract}`] = other(() => tokenOf(world.polymint, contract));
  for (const lacking of ["without the scope openid", ...contracts.map((contract) => `of ${contract}`)]) says[lacking] = tooFew;
  return [{ flow, place: bearer, unknown: "401 invalid_token: The access token is not valid.", says, specials }];
}
