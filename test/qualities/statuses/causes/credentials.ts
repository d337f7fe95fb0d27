/** Causes in the request itself: values that are missing, unknown, or not allowed for the client. */
import { type RawRequest, send } from "../../bad-input/request-builder";
import { bearer, inBasic, inForm, inHeader, inJson, inQuery, type RequestPart } from "../../bad-input/request-parts";
import { makeFormRequest } from "../../bad-input/fixture";
import { registerApp } from "../../../harness/screening-eagle-app";
import { basic } from "../../../harness/bearer-tokens";
import { type TestedOperation, type StatusCause, makeCause } from "../cause";
import { operations } from "../operations";
import type { StatusServers } from "../servers";

const { abbeycross, firstvision, raidiam, screeningEagle, weavr, device, login } = operations;
const { introspection, revocation, challenge, verification, userinfo, userinfoByPost } = operations;

/** A good request with another value of this part, or without it. */
function spoilPart(
  operation: TestedOperation,
  status: number,
  description: string,
  place: RequestPart,
  ...values: readonly string[]
): StatusCause {
  return makeCause(operation, status, description, async (servers) =>
    send(servers.polymint.url, place.replace(await operation.makeRequest(servers), ...values)),
  );
}

function makeRequestCause(
  operation: TestedOperation,
  status: number,
  description: string,
  make: (servers: StatusServers) => Promise<RawRequest>,
): StatusCause {
  return makeCause(operation, status, description, async (servers) => send(servers.polymint.url, await make(servers)));
}

const unknownSecret = "of-nobody-0123456789";

const missingValues: readonly StatusCause[] = [
  spoilPart(abbeycross, 409, "client_id is missing.", inJson("client_id")),
  spoilPart(firstvision, 400, "scope is missing.", inQuery("scope")),
  spoilPart(raidiam, 400, "The client assertion is missing.", inForm("client_assertion")),
  spoilPart(screeningEagle, 400, "grant_type is missing.", inForm("grant_type")),
  spoilPart(weavr, 400, "identity.id is missing.", inJson("identity.id")),
  spoilPart(device, 400, "client_id is missing.", inForm("client_id")),
  spoilPart(login, 400, "email is missing.", inJson("email")),
  spoilPart(introspection, 400, "token is missing.", inForm("token")),
  spoilPart(revocation, 400, "token is missing.", inForm("token")),
  spoilPart(verification, 400, "verificationCode is missing.", inJson("verificationCode")),
];

const wrongCredentials: readonly StatusCause[] = [
  spoilPart(abbeycross, 409, "The secret is wrong.", inJson("client_secret"), unknownSecret),
  spoilPart(firstvision, 401, "The secret is wrong.", inBasic("secret"), unknownSecret),
  spoilPart(firstvision, 401, "The client is not registered for the scope.", inQuery("scope"), "other"),
  spoilPart(raidiam, 400, "The assertion is not one of the client's.", inForm("client_assertion"), unknownSecret),
  spoilPart(screeningEagle, 401, "The secret is wrong.", inBasic("secret"), unknownSecret),
  spoilPart(weavr, 401, "The auth token is unknown.", bearer, unknownSecret),
  spoilPart(weavr, 401, "The api-key is unknown.", inHeader("api-key"), unknownSecret),
  spoilPart(device, 400, "The client is unknown.", inForm("client_id"), unknownSecret),
  spoilPart(login, 401, "The password is wrong.", inJson("password.value"), unknownSecret),
  spoilPart(introspection, 401, "The secret is wrong.", inBasic("secret"), unknownSecret),
  spoilPart(revocation, 401, "The secret is wrong.", inBasic("secret"), unknownSecret),
  spoilPart(challenge, 401, "The auth token is unknown.", bearer, unknownSecret),
  spoilPart(verification, 401, "The one-time password is wrong.", inJson("verificationCode"), "000000"),
  spoilPart(userinfo, 401, "The access token is missing.", bearer),
  spoilPart(userinfo, 401, "The access token is unknown.", bearer, unknownSecret),
  spoilPart(userinfoByPost, 401, "The access token is missing.", inForm("access_token")),
  spoilPart(userinfoByPost, 401, "The access token is unknown.", inForm("access_token"), unknownSecret),
];

/** A good request under the api-key of another programme. */
function makeOtherProgrammeCause(operation: TestedOperation): StatusCause {
  return makeRequestCause(operation, 403, "The api-key is another programme's.", async (servers) => {
    const { secret } = await servers.polymint.register({ contracts: ["weavr"] });
    return inHeader("api-key").replace(await operation.makeRequest(servers), secret?.value ?? "");
  });
}

/** A good token, in a request of a client that it was not issued to and that is registered for no service. */
function makeOtherClientCause(operation: TestedOperation, description: string): StatusCause {
  return makeRequestCause(operation, 403, description, async (servers) => {
    const { client, secret } = await servers.polymint.register({ contracts: ["screening-eagle"], scopes: ["inspect"] });
    return inHeader("Authorization").replace(await operation.makeRequest(servers), basic(client.id, secret?.value ?? ""));
  });
}

const forbidden: readonly StatusCause[] = [
  spoilPart(screeningEagle, 403, "The client is not registered for the scope.", inForm("scope"), "other"),
  ...[weavr, challenge, verification].map(makeOtherProgrammeCause),
  makeOtherClientCause(introspection, "The client may not use this service."),
  makeOtherClientCause(revocation, "The token is another client's."),
  makeRequestCause(userinfo, 403, "The access token lacks the scope openid.", async ({ polymint }) => {
    const { access_token } = await (await registerApp(polymint)).tokens({ scope: "email offline" });
    return { method: "GET", path: "/userinfo", query: [], headers: [["Authorization", `Bearer ${access_token}`]] };
  }),
  makeRequestCause(userinfoByPost, 403, "The access token lacks the scope openid.", async ({ polymint }) => {
    const { access_token } = await (await registerApp(polymint)).tokens({ scope: "email offline" });
    return makeFormRequest("/userinfo", [], { access_token });
  }),
];

export const credentials: readonly StatusCause[] = [...missingValues, ...wrongCredentials, ...forbidden];
