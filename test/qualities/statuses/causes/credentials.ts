import { type Draft, send } from "../../bad-input/request-builder";
import { bearer, inBasic, inForm, inHeader, inJson, inQuery, type Place } from "../../bad-input/request-parts";
import { registerApp } from "../../../harness/screening-eagle-app";
import { basic } from "../../../harness/bearer-tokens";
import { type Asked, type Cause, causeOf } from "../cause";
import { operations } from "../operations";
import type { Stage } from "../stage";

const { abbeycross, firstvision, raidiam, screeningEagle, weavr, device, login } = operations;
const { introspection, revocation, challenge, verification, userinfo } = operations;

/** A good request with another value in this place, or with none. */
function spoilt(asked: Asked, status: number, words: string, place: Place, ...values: readonly string[]): Cause {
  return causeOf(asked, status, words, async (stage) => send(stage.polymint.url, place.put(await asked.draft(stage), ...values)));
}

function made(asked: Asked, status: number, words: string, make: (stage: Stage) => Promise<Draft>): Cause {
  return causeOf(asked, status, words, async (stage) => send(stage.polymint.url, await make(stage)));
}

const nobodys = "of-nobody-0123456789";

const missing: readonly Cause[] = [
  spoilt(abbeycross, 409, "There is no client_id.", inJson("client_id")),
  spoilt(firstvision, 400, "There is no scope.", inQuery("scope")),
  spoilt(raidiam, 400, "There is no client assertion.", inForm("client_assertion")),
  spoilt(screeningEagle, 400, "There is no grant_type.", inForm("grant_type")),
  spoilt(weavr, 400, "There is no identity.id.", inJson("identity.id")),
  spoilt(device, 400, "There is no client_id.", inForm("client_id")),
  spoilt(login, 400, "There is no email.", inJson("email")),
  spoilt(introspection, 400, "There is no token.", inForm("token")),
  spoilt(revocation, 400, "There is no token.", inForm("token")),
  spoilt(verification, 400, "There is no verificationCode.", inJson("verificationCode")),
];

const unproved: readonly Cause[] = [
  spoilt(abbeycross, 409, "The secret is wrong.", inJson("client_secret"), nobodys),
  spoilt(firstvision, 401, "The secret is wrong.", inBasic("secret"), nobodys),
  spoilt(firstvision, 401, "The scope is not the client's.", inQuery("scope"), "other"),
  spoilt(raidiam, 400, "The assertion is not the client's.", inForm("client_assertion"), nobodys),
  spoilt(screeningEagle, 401, "The secret is wrong.", inBasic("secret"), nobodys),
  spoilt(weavr, 401, "The auth token is nobody's.", bearer, nobodys),
  spoilt(weavr, 401, "The api-key is nobody's.", inHeader("api-key"), nobodys),
  spoilt(device, 400, "The client is not known.", inForm("client_id"), nobodys),
  spoilt(login, 401, "The password is wrong.", inJson("password.value"), nobodys),
  spoilt(introspection, 401, "The secret is wrong.", inBasic("secret"), nobodys),
  spoilt(revocation, 401, "The secret is wrong.", inBasic("secret"), nobodys),
  spoilt(challenge, 401, "The auth token is nobody's.", bearer, nobodys),
  spoilt(verification, 401, "The one-time password is wrong.", inJson("verificationCode"), "000000"),
  spoilt(userinfo, 401, "There is no access token.", bearer),
  spoilt(userinfo, 401, "The access token is nobody's.", bearer, nobodys),
];

/** Good requests under the key of another programme. */
function elsewhere(asked: Asked): Cause {
  return made(asked, 403, "The api-key is another programme's.", async (stage) => {
    const { secret } = await stage.polymint.register({ contracts: ["weavr"] });
    return inHeader("api-key").put(await asked.draft(stage), secret?.value ?? "");
  });
}

/** Good tokens, asked about by a client that may not ask. */
function unasked(asked: Asked): Cause {
  return made(asked, 403, "The client may not use this service.", async (stage) => {
    const { client, secret } = await stage.polymint.register({ contracts: ["screening-eagle"], scopes: ["inspect"] });
    return inHeader("Authorization").put(await asked.draft(stage), basic(client.id, secret?.value ?? ""));
  });
}

const forbidden: readonly Cause[] = [
  spoilt(screeningEagle, 403, "The scope is not the client's.", inForm("scope"), "other"),
  ...[weavr, challenge, verification].map(elsewhere),
  ...[introspection, revocation].map(unasked),
  made(userinfo, 403, "The access token lacks the scope openid.", async ({ polymint }) => {
    const { access_token } = await (await registerApp(polymint)).tokens({ scope: "email offline" });
    return { method: "GET", path: "/userinfo", query: [], headers: [["Authorization", `Bearer ${access_token}`]] };
  }),
];

export const credentials: readonly Cause[] = [...missing, ...unproved, ...forbidden];
