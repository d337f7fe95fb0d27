import { send } from "../../bad-input/request-builder";
import { type Cause, causeOf } from "../cause";
import { allOperations } from "../operations";

/** What everything is there for. */
export const served: readonly Cause[] = allOperations.map((asked) =>
  causeOf(asked, 200, "A request that nothing is wrong with.", async (stage) => send(stage.polymint.url, await asked.draft(stage))),
);
