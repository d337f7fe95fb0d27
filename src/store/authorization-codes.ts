import type { AuthorizationCodes } from "../engine/ports";
import type { Database } from "./database";

export function makeAuthorizationCodes(_database: Database): AuthorizationCodes {
  return {
    async issue() {
      throw new Error("authorization-codes: not yet");
    },
    async find() {
      throw new Error("authorization-codes: not yet");
    },
  };
}
