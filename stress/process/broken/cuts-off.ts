import { type AnyServer, close } from "../../../src/server";
import { replaceIn } from "./replace-in";

/** What the end of a server must not be: everybody is cut off at once. What they asked for is done, and nobody hears of it. */
function closeAtOnce(server: AnyServer): Promise<void> {
  server.closeAllConnections();
  return close(server, 0);
}

replaceIn(require.resolve("../../../src/server"), { close: closeAtOnce });
