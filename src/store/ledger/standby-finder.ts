import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../engine/client";
import type { LedgerReader } from "../../engine/ports/ledger";
import { Unavailable } from "../../engine/refusal";
import { readUuidTime } from "../database/ids";

/** Milliseconds before each further look. A standby is usually a few behind. */
const pausesMs = [20, 60, 180];

export interface StandbyFinderPorts {
  reader: LedgerReader;
  clock: Clock;
  /** Seconds that the standby may be behind. */
  maxLagSeconds: number;
}

/**
 * Makes a reader that can tell a token which the standby does not have yet from one that does not exist. A client may use its token
 * as soon as it has it, and a resource server that asks about it must not hear that it is not valid. A token gets here only if its signature is
 * right, so one that is younger than the lag allowed is waited for a moment, and then answered by `Unavailable`.
 */
export function makeStandbyFinder({ reader, clock, maxLagSeconds }: StandbyFinderPorts): LedgerReader {
  return {
    async find(token) {
      const found = await reader.find(token);
      const issuedAt = readUuidTime(token.jti);
      if (found !== undefined || issuedAt === undefined || issuedAt + maxLagSeconds * 1000 < clock()) return found;
      for (const pauseMs of pausesMs) {
        await sleep(pauseMs);
        const replayed = await reader.find(token);
        if (replayed !== undefined) return replayed;
      }
      throw new Unavailable("database", "unreachable", `database: the standby does not have token ${token.jti} yet`);
    },
  };
}
