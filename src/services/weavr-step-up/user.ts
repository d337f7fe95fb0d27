import { readBearer } from "../../http/authorization-header";
import type { AuthTokens, UserActor, UserContacts } from "../../engine/ports/users";
import { Refusal } from "../../engine/refusal";
import type { Exchange } from "../../http/exchange";
import type { ProgrammeRequest, FindProgramme } from "../weavr-login/programme-key";

export interface IdentifyUserPorts {
  findProgramme: FindProgramme;
  authTokens: Pick<AuthTokens, "use">;
  users: UserContacts;
}

/** A user who has logged in. */
export interface LoggedInUser extends UserActor {
  email: string;
  /** Id of the family that the login began. */
  familyId: string;
}

/**
 * Makes the function that identifies the user of a request by its auth token, under an API key of the user's programme.
 * @returns a function of the request, its exchange and now (epoch milliseconds)
 * @throws Refusal `invalid_client` for the key, `invalid_grant` for the token, `locked` for its user, `access_denied` if they do not belong together
 */
export function makeIdentifyUser({ findProgramme: findProgramme, authTokens, users }: IdentifyUserPorts) {
  return async function identifyUser(request: ProgrammeRequest, exchange: Exchange, now: number): Promise<LoggedInUser> {
    const programme = await findProgramme(request, exchange);
    const authToken = readBearer(request.headers.authorization);
    const user = authToken === undefined ? undefined : await authTokens.use(authToken, now);
    const contact = user === undefined ? undefined : await users.findContact(user.actor.id);
    if (user === undefined || contact === undefined) {
      throw new Refusal("invalid_grant", "the auth token is missing, unknown, expired or revoked");
    }
    // A server that does not know families issued it, a few minutes ago: what came of it could not be ended with the login.
    if (user.family.id === null) throw new Refusal("invalid_grant", `the login of user ${user.actor.id} has no family`);
    if (user.locked) throw new Refusal("locked", `user ${user.actor.id} is locked after failed logins`);
    if (contact.programmeId !== programme.id) {
      throw new Refusal("access_denied", `user ${user.actor.id} belongs to another programme than key of ${programme.id}`);
    }
    return { ...user.actor, email: contact.email, familyId: user.family.id };
  };
}

export type IdentifyUser = ReturnType<typeof makeIdentifyUser>;
