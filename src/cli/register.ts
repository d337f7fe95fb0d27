import { longestTokenSeconds } from "../engine/client";
import { makeRegister, type RulePorts } from "../registration/register";
import type { RegisteredClient, Registration } from "../registration/registration";
import { type ClientChange, makeUpdate, type UpdatedClient } from "../registration/update";
import { makeClientAdmin } from "../store/clients/admin";
import { makeProgrammes } from "../store/programmes/programmes";
import type { CommandSession } from "./session";

/**
 * Registers a client in this session's database.
 * @throws RegistrationError with every fault, ConflictError if the id is taken, Unavailable
 */
export function registerClient(session: CommandSession, registration: Registration): Promise<RegisteredClient> {
  const { database, digest } = session;
  return makeRegister({ ...makeRulePorts(session), programmes: makeProgrammes(database), digest })(registration);
}

/**
 * Changes a client in this session's database.
 * @throws RegistrationError with every fault, NotFoundError, ConflictError if its tokens would name a human, Unavailable
 */
export function updateRegistered(session: CommandSession, id: string, change: ClientChange): Promise<UpdatedClient> {
  return makeUpdate(makeRulePorts(session))(id, change);
}

function makeRulePorts({ database, clock, contracts, config }: CommandSession): RulePorts {
  return { admin: makeClientAdmin(database), clock, contracts, algorithms: config.tokens.algorithms, longestTokenSeconds };
}
