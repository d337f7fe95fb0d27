import type { operations } from "../../../generated/raidiam";
import type { Contract } from "../contract";
import { fapiCorrelation } from "../fapi-refusals";
import { demo } from "./demo";
import { grant } from "./grant";
import { policy } from "./policy";
import { read } from "./read";
import { refuse } from "./refuse";

export default {
  policy,
  correlation: fapiCorrelation,
  operations: { issueRaidiamToken: { read, grant, refuse } },
  demo,
} satisfies Contract<operations>;
