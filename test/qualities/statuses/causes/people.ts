/** Causes in people, users and identities: deleted, disabled, or not linked. */
import { makeIdentities } from "../../../../src/store/programmes/identities";
import { makePeople } from "../../../../src/store/people/people";
import { makeUsers } from "../../../../src/store/programmes/users";
import { send } from "../../bad-input/request-builder";
import { inJson } from "../../bad-input/request-parts";
import { makeFormRequest } from "../../bad-input/fixture";
import { callback, registerApp, tokenPath } from "../../../harness/screening-eagle-app";
import { identityOf, programmeOf } from "../../../harness/weavr-requests";
import { makeOwnPerson } from "../../../harness/own-person";
import { type StatusCause, makeCause } from "../cause";
import { operations } from "../operations";

const { screeningEagle, weavr, login, challenge } = operations;

/** A code for a person who is deleted or disabled before the client redeems it. */
const goneOrDisabled = (
  [
    [404, "The person who consented no longer exists.", "delete"],
    [403, "The person who consented is disabled.", "disable"],
  ] as const
).map(([status, description, what]) =>
  makeCause(screeningEagle, status, description, async ({ polymint }) => {
    const [app, person, people] = [await registerApp(polymint), await makeOwnPerson(polymint), makePeople(polymint.database)];
    const { code, codeVerifier } = await app.authorize({ person });
    await (what === "delete" ? people.delete(person.id, polymint.clock()) : people.setStatus(person.id, "disabled", polymint.clock()));
    const form = { grant_type: "authorization_code", code, redirect_uri: callback, code_verifier: codeVerifier };
    return send(polymint.url, makeFormRequest(tokenPath, [["Authorization", app.authorization]], form));
  }),
);

const deactivatedIdentity = makeCause(weavr, 403, "The identity is deactivated.", async (servers) => {
  const { polymint } = servers;
  const identities = makeIdentities(polymint.database);
  const { id } = identityOf(polymint);
  await identities.setStatus(id, "deactivated");
  const answer = await send(polymint.url, await weavr.makeRequest(servers));
  await identities.setStatus(id, "active");
  return answer;
});

const unlinkedIdentity = makeCause(weavr, 404, "The identity is not linked to the user.", async (servers) => {
  const { polymint } = servers;
  const id = await makeIdentities(polymint.database).create(programmeOf(polymint), "CORPORATE", polymint.clock());
  return send(polymint.url, inJson("identity.id").replace(await weavr.makeRequest(servers), id));
});

const disabledUser = makeCause(login, 403, "The password is right, and the user is disabled.", async (servers) => {
  const { polymint } = servers;
  const users = makeUsers(polymint.database);
  await users.setStatus(polymint.user.id, "disabled");
  const answer = await send(polymint.url, await login.makeRequest(servers));
  await users.setStatus(polymint.user.id, "active");
  return answer;
});

const tooManyPasswords = makeCause(challenge, 429, "The user has asked for too many one-time passwords.", async (servers) => {
  const request = await challenge.makeRequest(servers);
  let answer = await send(servers.polymint.url, request);
  for (let tries = 1; answer.status === 200 && tries < 20; tries += 1) answer = await send(servers.polymint.url, request);
  return answer;
});

export const people: readonly StatusCause[] = [...goneOrDisabled, deactivatedIdentity, unlinkedIdentity, disabledUser, tooManyPasswords];
