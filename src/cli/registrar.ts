import { longestTokenSeconds } from "../config";
import { makeRegister, type Register } from "../registry/register";
import { makeClientAdmin } from "../store/client-admin";
import { makeProgrammes } from "../store/programmes";
import type { Session } from "./session";

/** Registers clients in this session's database. */
export function registrar({ database, digest, clock, dialects }: Session): Register {
  return makeRegister({
    admin: makeClientAdmin(database),
    programmes: makeProgrammes(database),
    digest,
    clock,
    dialects,
    longestTokenSeconds,
  });
}
