import type { DeviceCodes } from "../engine/ports";
import type { Database } from "./database";

export function makeDeviceCodes(_database: Database): DeviceCodes {
  return {
    async begin() {
      throw new Error("device-codes: not yet");
    },
    async poll() {
      throw new Error("device-codes: not yet");
    },
    async pending() {
      throw new Error("device-codes: not yet");
    },
    async decide() {
      throw new Error("device-codes: not yet");
    },
  };
}
