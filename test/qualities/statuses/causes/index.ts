import type { StatusCause } from "../cause";
import { credentials } from "./credentials";
import { database } from "./database";
import { http } from "./http";
import { limits } from "./limits";
import { locks } from "./locks";
import { people } from "./people";
import { served } from "./served";
import { serverState } from "./server-state";

/** Every cause that the tests produce. */
export const causes: readonly StatusCause[] = [
  ...served,
  ...credentials,
  ...people,
  ...locks,
  ...limits,
  ...http,
  ...serverState,
  ...database,
];
