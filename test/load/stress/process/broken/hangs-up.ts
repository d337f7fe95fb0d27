/** A flaw: a drain that closes idle connections without warning. */
import type { Connections } from "../../../../../src/server/connections";
import { type Drain, makeDrain } from "../../../../../src/server/drain";
import type { Socket } from "node:net";
import { replaceExports } from "./replace-in";

const sweepMs = 50;

/**
 * Stops as Node's own `server.close` and `closeIdleConnections` do: no answer says `Connection: close`, and idle connections are
 * closed although the next request may be on its way.
 */
function makeBluntDrain(connections: Connections): Drain {
  const drain = makeDrain(connections);
  const open = new Set<Socket>();
  const cutOffIdle = (): void => open.forEach((socket) => connections.pendingResponse(socket) ?? socket.destroy());
  return {
    track: (server) => {
      drain.track(server);
      server.on("connection", (socket: Socket) => open.add(socket));
    },
    start: () => undefined,
    finish: async (withinMs) => {
      const sweeping = setInterval(cutOffIdle, sweepMs);
      await drain.finish(withinMs);
      clearInterval(sweeping);
    },
  };
}

replaceExports(require.resolve("../../../../../src/server/drain"), { makeDrain: makeBluntDrain });
