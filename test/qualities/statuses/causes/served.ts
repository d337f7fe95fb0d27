import { send } from "../../bad-input/request-builder";
import { type StatusCause, makeCause } from "../cause";
import { allOperations } from "../operations";

/** What everything is there for. */
export const served: readonly StatusCause[] = allOperations.map((asked) =>
  makeCause(asked, 200, "A request that nothing is wrong with.", async (stage) => send(stage.polymint.url, await asked.draft(stage))),
);
