import type { DelegatedClients } from "../engine/ports";
import type { Database } from "./database";

export function makeDelegatedClients(_database: Database): DelegatedClients {
  return {
    async find() {
      throw new Error("delegated-clients: not yet");
    },
  };
}
