import { type RawRequest, send } from "../../bad-input/request-builder";
import { bearer, inBasic, inForm, inHeader, inJson, inQuery, type RequestPart } from "../../bad-input/request-parts";
import { registerApp } from "../../../harness/screening-eagle-app";
import { basic } from "../../../harness/bearer-tokens";
import { type TestedOperation, type StatusCause, makeCause } from "../cause";
import { operations } from "../operations";
import type { StatusServers } from "../stage";

const { abbeycross, firstvision, raidiam, screeningEagle, weavr, device, login } = operations;
const { introspection, revocation, challenge, verification, userinfo } = operations;

/** A good request with another value in this place, or with none. */
function spoilPart(asked: TestedOperation, status: number, words: string, place: RequestPart, ...values: readonly string[]): StatusCause {
  return makeCause(asked, status, words, async (stage) => send(stage.polymint.url, place.replace(await asked.draft(stage), ...values)));
}

function makeRequestCause(
  asked: TestedOperation,
  status: number,
  words: string,
  make: (stage: StatusServers) => Promise<RawRequest>,
): StatusCause {
  return makeCause(asked, status, words, async (stage) => send(stage.polymint.url, await make(stage)));
}

const unknownSecret = "of-nobody-0123456789";

const missingValues: readonly StatusCause[] = [
  spoilPart(abbeycross, 409, "There is no client_id.", inJson("client_id")),
  spoilPart(firstvision, 400, "There is no scope.", inQuery("scope")),
  spoilPart(raidiam, 400, "There is no client assertion.", inForm("client_assertion")),
  spoilPart(screeningEagle, 400, "There is no grant_type.", inForm("grant_type")),
  spoilPart(weavr, 400, "There is no identity.id.", inJson("identity.id")),
  spoilPart(device, 400, "There is no client_id.", inForm("client_id")),
  spoilPart(login, 400, "There is no email.", inJson("email")),
  spoilPart(introspection, 400, "There is no token.", inForm("token")),
  spoilPart(revocation, 400, "There is no token.", inForm("token")),
  spoilPart(verification, 400, "There is no verificationCode.", inJson("verificationCode")),
];

const wrongCredentials: readonly StatusCause[] = [
  spoilPart(abbeycross, 409, "The secret is wrong.", inJson("client_secret"), unknownSecret),
  spoilPart(firstvision, 401, "The secret is wrong.", inBasic("secret"), unknownSecret),
  spoilPart(firstvision, 401, "The scope is not the client's.", inQuery("scope"), "other"),
  spoilPart(raidiam, 400, "The assertion is not the client's.", inForm("client_assertion"), unknownSecret),
  spoilPart(screeningEagle, 401, "The secret is wrong.", inBasic("secret"), unknownSecret),
  spoilPart(weavr, 401, "The auth token is nobody's.", bearer, unknownSecret),
  spoilPart(weavr, 401, "The api-key is nobody's.", inHeader("api-key"), unknownSecret),
  spoilPart(device, 400, "The client is not known.", inForm("client_id"), unknownSecret),
  spoilPart(login, 401, "The password is wrong.", inJson("password.value"), unknownSecret),
  spoilPart(introspection, 401, "The secret is wrong.", inBasic("secret"), unknownSecret),
  spoilPart(revocation, 401, "The secret is wrong.", inBasic("secret"), unknownSecret),
  spoilPart(challenge, 401, "The auth token is nobody's.", bearer, unknownSecret),
  spoilPart(verification, 401, "The one-time password is wrong.", inJson("verificationCode"), "000000"),
  spoilPart(userinfo, 401, "There is no access token.", bearer),
  spoilPart(userinfo, 401, "The access token is nobody's.", bearer, unknownSecret),
];

/** Good requests under the key of another programme. */
function makeOtherProgrammeCause(asked: TestedOperation): StatusCause {
  return makeRequestCause(asked, 403, "The api-key is another programme's.", async (stage) => {
    const { secret } = await stage.polymint.register({ contracts: ["weavr"] });
    return inHeader("api-key").replace(await asked.draft(stage), secret?.value ?? "");
  });
}

/** Good tokens, asked about by a client that may not ask. */
function makeForbiddenServiceCause(asked: TestedOperation): StatusCause {
  return makeRequestCause(asked, 403, "The client may not use this service.", async (stage) => {
    const { client, secret } = await stage.polymint.register({ contracts: ["screening-eagle"], scopes: ["inspect"] });
    return inHeader("Authorization").replace(await asked.draft(stage), basic(client.id, secret?.value ?? ""));
  });
}

const forbidden: readonly StatusCause[] = [
  spoilPart(screeningEagle, 403, "The scope is not the client's.", inForm("scope"), "other"),
  ...[weavr, challenge, verification].map(makeOtherProgrammeCause),
  ...[introspection, revocation].map(makeForbiddenServiceCause),
  makeRequestCause(userinfo, 403, "The access token lacks the scope openid.", async ({ polymint }) => {
    const { access_token } = await (await registerApp(polymint)).tokens({ scope: "email offline" });
    return { method: "GET", path: "/userinfo", query: [], headers: [["Authorization", `Bearer ${access_token}`]] };
  }),
];

export const credentials: readonly StatusCause[] = [...missingValues, ...wrongCredentials, ...forbidden];
