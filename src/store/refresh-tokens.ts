import type { RefreshTokens } from "../engine/ports";
import type { Database } from "./database";

export function makeRefreshTokens(_database: Database): RefreshTokens {
  return {
    async find() {
      throw new Error("refresh-tokens: not yet");
    },
  };
}
