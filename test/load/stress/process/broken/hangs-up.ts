import type { Connections } from "../../../../../src/server/connections";
import { type Drain, makeDrain } from "../../../../../src/server/drain";
import type { Socket } from "node:net";
import { replaceExports } from "./replace-in";

const sweepMs = 50;

/**
 * What Node's own `server.close` and `closeIdleConnections` make of the end of a server: no answer says that it is the last,
 * and whoever is between two requests is cut off, though the next one may be on its way.
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
