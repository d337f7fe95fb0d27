import { Unavailable } from "../engine/refusal";

/** What becomes of work whose caller was told that it took too long: it must leave no trace. */
export function givenUp(): Unavailable {
  return new Unavailable("timed_out", "whoever asked was given up before this was committed");
}
