/** A 200 for every operation. */
import { send } from "../../bad-input/request-builder";
import { type StatusCause, makeCause } from "../cause";
import { allOperations } from "../operations";

export const served: readonly StatusCause[] = allOperations.map((operation) =>
  makeCause(operation, 200, "A good request.", async (servers) => send(servers.polymint.url, await operation.makeRequest(servers))),
);
