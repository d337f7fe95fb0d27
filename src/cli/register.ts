import { longestTokenSeconds } from "../engine/client";
import { makeRegister } from "../registration/register";
import type { RegisteredClient, Registration } from "../registration/registration";
import { makeClientAdmin } from "../store/clients/admin";
import { makeProgrammes } from "../store/programmes/programmes";
import type { CommandSession } from "./session";

/**
 * Registers a client in this session's database.
 * @throws RegistrationError with every fault, ConflictError if the id is taken, Unavailable
 */
export function registerClient(session: CommandSession, registration: Registration): Promise<RegisteredClient> {
  const { database, digest, clock, contracts, config } = session;
  const register = makeRegister({
    admin: makeClientAdmin(database),
    programmes: makeProgrammes(database),
    digest,
    clock,
    contracts,
    algorithms: config.tokens.algorithms,
    longestTokenSeconds,
  });
  return register(registration);
}
