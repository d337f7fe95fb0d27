/** A flaw: a drain that closes all connections at once. */
import type { Connections } from "../../../../../src/server/connections";
import { type Drain, makeDrain } from "../../../../../src/server/drain";
import type { Socket } from "node:net";
import { replaceExports } from "./replace-in";

/** Closes all connections at once: requests are carried out, and their callers get no answer. */
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
