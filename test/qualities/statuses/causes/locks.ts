import { type ReceivedResponse, type RawRequest, send } from "../../bad-input/request-builder";
import { apiKeyField } from "../../bad-input/rows/weavr";
import { makeJsonRequest } from "../../bad-input/fixture";
import { makeOwnUser, type OwnUser } from "../../../harness/own-user";
import { type TestedOperation, type StatusCause, makeCause } from "../cause";
import { operations } from "../operations";
import type { StatusServers } from "../stage";

const { login, weavr, challenge, verification } = operations;
const failures = 5;

function logIn(stage: StatusServers, { email }: OwnUser, password: string): Promise<ReceivedResponse> {
  return send(stage.polymint.url, makeJsonRequest(login.path, [apiKeyField(stage)], { email, "password.value": password }));
}

/** A user logs in, asks for what must be there before the request, and is locked then. @param body of the request */
function makeLockedCause(
  asked: TestedOperation,
  body: (user: OwnUser, challengeId: string) => Readonly<Record<string, string>>,
): StatusCause {
  return makeCause(asked, 423, "Five logins in a row have failed since the user logged in.", async (stage) => {
    const user = await makeOwnUser(stage.polymint);
    const { token } = JSON.parse((await logIn(stage, user, user.password)).text) as { token: string };
    const headers: RawRequest["headers"] = [apiKeyField(stage), ["Authorization", `Bearer ${token}`]];
    const begun = await send(stage.polymint.url, makeJsonRequest(challenge.path, headers, {}));
    const { challengeId } = JSON.parse(begun.text) as { challengeId: string };
    for (let tries = 0; tries < failures; tries += 1) await logIn(stage, user, "wrong");
    return send(stage.polymint.url, makeJsonRequest(asked.path, headers, body(user, challengeId)));
  });
}

/** What somebody gets whose password others have guessed at. */
export const locks: readonly StatusCause[] = [
  makeCause(login, 423, "The right password, after five logins in a row have failed.", async (stage) => {
    const user = await makeOwnUser(stage.polymint);
    for (let tries = 0; tries < failures; tries += 1) await logIn(stage, user, "wrong");
    return logIn(stage, user, user.password);
  }),
  makeLockedCause(weavr, ({ identity }) => ({ "identity.type": identity.type, "identity.id": identity.id })),
  makeLockedCause(challenge, () => ({})),
  makeLockedCause(verification, (_user, challengeId) => ({ challengeId, verificationCode: "000000" })),
];
