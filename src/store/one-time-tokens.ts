import type { OneTimeTokens } from "../engine/ports";
import type { Database } from "./database";

export function makeOneTimeTokens(_database: Database): OneTimeTokens {
  return {
    async find() {
      throw new Error("one-time-tokens: not yet");
    },
  };
}
