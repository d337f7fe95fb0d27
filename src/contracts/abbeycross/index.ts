import type { operations } from "../../../generated/abbeycross";
import type { Contract } from "../contract";
import { demo } from "./demo";
import { grant } from "./grant";
import { policy } from "./policy";
import { read } from "./read";
import { refuse } from "./refuse";
import { noCorrelation } from "../../http/api";

export default {
  policy,
  correlation: noCorrelation,
  operations: { issueAbbeycrossToken: { read, grant, refuse } },
  demo,
} satisfies Contract<operations>;
