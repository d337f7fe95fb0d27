import { type Answer, type Draft, send } from "../../bad-input/request-builder";
import { keyOf } from "../../bad-input/rows/weavr";
import { postJson } from "../../bad-input/fixture";
import { makeOwnUser, type OwnUser } from "../../../harness/own-user";
import { type Asked, type Cause, causeOf } from "../cause";
import { operations } from "../operations";
import type { Stage } from "../stage";

const { login, weavr, challenge, verification } = operations;
const failures = 5;

function logIn(stage: Stage, { email }: OwnUser, password: string): Promise<Answer> {
  return send(stage.polymint.url, postJson(login.path, [keyOf(stage)], { email, "password.value": password }));
}

/** A user logs in, asks for what must be there before the request, and is locked then. @param body of the request */
function locked(asked: Asked, body: (user: OwnUser, challengeId: string) => Readonly<Record<string, string>>): Cause {
  return causeOf(asked, 423, "Five logins in a row have failed since the user logged in.", async (stage) => {
    const user = await makeOwnUser(stage.polymint);
    const { token } = JSON.parse((await logIn(stage, user, user.password)).text) as { token: string };
    const headers: Draft["headers"] = [keyOf(stage), ["Authorization", `Bearer ${token}`]];
    const begun = await send(stage.polymint.url, postJson(challenge.path, headers, {}));
    const { challengeId } = JSON.parse(begun.text) as { challengeId: string };
    for (let tries = 0; tries < failures; tries += 1) await logIn(stage, user, "wrong");
    return send(stage.polymint.url, postJson(asked.path, headers, body(user, challengeId)));
  });
}

/** What somebody gets whose password others have guessed at. */
export const locks: readonly Cause[] = [
  causeOf(login, 423, "The right password, after five logins in a row have failed.", async (stage) => {
    const user = await makeOwnUser(stage.polymint);
    for (let tries = 0; tries < failures; tries += 1) await logIn(stage, user, "wrong");
    return logIn(stage, user, user.password);
  }),
  locked(weavr, ({ identity }) => ({ "identity.type": identity.type, "identity.id": identity.id })),
  locked(challenge, () => ({})),
  locked(verification, (_user, challengeId) => ({ challengeId, verificationCode: "000000" })),
];
