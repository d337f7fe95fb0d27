import { longestTokenSeconds } from "../engine/lifetimes";
import { makeRegister, type Register } from "../registration/register";
import { makeClientAdmin } from "../store/clients/admin";
import { makeProgrammes } from "../store/programmes/programmes";
import type { CommandSession } from "./session";

/** Registers clients in this session's database. */
export function registrar({ database, digest, clock, contracts }: CommandSession): Register {
  return makeRegister({
    admin: makeClientAdmin(database),
    programmes: makeProgrammes(database),
    digest,
    clock,
    contracts,
    longestTokenSeconds,
  });
}
