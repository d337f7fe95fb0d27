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
}

/**
 * Who asks: the user whose auth token the request bears, under a key of their programme.
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
    if (user.locked) throw new Refusal("locked", `user ${user.actor.id} is locked after failed logins`);
    if (contact.programmeId !== programme.id) {
      throw new Refusal("access_denied", `user ${user.actor.id} belongs to another programme than key of ${programme.id}`);
    }
    return { ...user.actor, email: contact.email };
  };
}

export type IdentifyUser = ReturnType<typeof makeIdentifyUser>;
