import type { TokenFamilies } from "../engine/ports";
import type { Database } from "./database";

export function makeTokenFamilies(_database: Database): TokenFamilies {
  return {
    async revoke() {
      throw new Error("token-families: not yet");
    },
  };
}
