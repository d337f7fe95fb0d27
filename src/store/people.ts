import type { People } from "../engine/ports";
import type { Database } from "./database";

export function makePeople(_database: Database): People {
  return {
    async byId() {
      throw new Error("people: not yet");
    },
  };
}
