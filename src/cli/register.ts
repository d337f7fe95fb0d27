import { longestTokenSeconds } from "../engine/lifetimes";
import { makeRegister, type Register } from "../registration/register";
import { makeClientAdmin } from "../store/clients/admin";
import { makeProgrammes } from "../store/programmes/programmes";
import type { Session } from "./session";

/** Registers clients in this session's database. */
export function registrar({ database, digest, clock, contracts }: Session): Register {
  return makeRegister({
    admin: makeClientAdmin(database),
    programmes: makeProgrammes(database),
    digest,
    clock,
    contracts,
    longestTokenSeconds,
  });
}
