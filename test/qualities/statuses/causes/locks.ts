/** Causes in the login lock of a user. */
import { type ReceivedResponse, type RawRequest, send } from "../../bad-input/request-builder";
import { apiKeyField } from "../../bad-input/rows/weavr";
import { makeJsonRequest } from "../../bad-input/fixture";
import { makeOwnUser, type OwnUser } from "../../../harness/own-user";
import { type TestedOperation, type StatusCause, makeCause } from "../cause";
import { operations } from "../operations";
import type { StatusServers } from "../servers";

const { login, weavr, challenge, verification } = operations;
const failures = 5;

function logIn(servers: StatusServers, { email }: OwnUser, password: string): Promise<ReceivedResponse> {
  return send(servers.polymint.url, makeJsonRequest(login.path, [apiKeyField(servers)], { email, "password.value": password }));
}

/** A user logs in and requests a challenge; then the login is locked. @param body makes the body of the request */
function makeLockedCause(
  operation: TestedOperation,
  body: (user: OwnUser, challengeId: string) => Readonly<Record<string, string>>,
): StatusCause {
  return makeCause(operation, 423, "Five logins in a row have failed since the user logged in.", async (servers) => {
    const user = await makeOwnUser(servers.polymint);
    const { token } = JSON.parse((await logIn(servers, user, user.password)).text) as { token: string };
    const headers: RawRequest["headers"] = [apiKeyField(servers), ["Authorization", `Bearer ${token}`]];
    const begun = await send(servers.polymint.url, makeJsonRequest(challenge.path, headers, {}));
    const { challengeId } = JSON.parse(begun.text) as { challengeId: string };
    for (let tries = 0; tries < failures; tries += 1) await logIn(servers, user, "wrong");
    return send(servers.polymint.url, makeJsonRequest(operation.path, headers, body(user, challengeId)));
  });
}

export const locks: readonly StatusCause[] = [
  makeCause(login, 423, "The right password, after five logins in a row have failed.", async (servers) => {
    const user = await makeOwnUser(servers.polymint);
    for (let tries = 0; tries < failures; tries += 1) await logIn(servers, user, "wrong");
    return logIn(servers, user, user.password);
  }),
  makeLockedCause(weavr, ({ identity }) => ({ "identity.type": identity.type, "identity.id": identity.id })),
  makeLockedCause(challenge, () => ({})),
  makeLockedCause(verification, (_user, challengeId) => ({ challengeId, verificationCode: "000000" })),
];
