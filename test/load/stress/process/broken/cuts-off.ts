import type { Connections } from "../../../../../src/server/connections";
import { type Drain, makeDrain } from "../../../../../src/server/drain";
import type { Socket } from "node:net";
import { replaceExports } from "./replace-in";

/** What the end of a server must not be: everybody is cut off at once. What they asked for is done, and nobody hears of it. */
function makeHastyDrain(connections: Connections): Drain {
  const drain = makeDrain(connections);
  const open = new Set<Socket>();
  return {
    track: (server) => {
      drain.track(server);
      server.on("connection", (socket: Socket) => open.add(socket));
    },
    start: () => open.forEach((socket) => socket.destroy()),
    finish: () => drain.finish(0),
  };
}

replaceExports(require.resolve("../../../../../src/server/drain"), { makeDrain: makeHastyDrain });
