/** A flaw: every request allocates 10 KB more. */
import type { Server } from "node:http";
import { makeServer } from "../../../../../src/server/http-server";
import { replaceExports } from "./replace-in";

/** Eight bytes each. */
const wastedItems = 1_280;

/** Kept until the next request, so that V8 cannot do without it. */
let wasted: readonly number[] = [];

function makeWastefulServer(...given: Parameters<typeof makeServer>): Server {
  const server = makeServer(...given);
  return server.prependListener("request", function wasteMemory() {
    wasted = new Array<number>(wastedItems).fill(wasted.length);
  });
}

replaceExports(require.resolve("../../../../../src/server/http-server"), { makeServer: makeWastefulServer });
