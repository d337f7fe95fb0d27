import type { operations } from "../../../generated/screening-eagle";
import type { Dialect } from "../contract";
import { demo } from "./demo";
import { grant } from "./grant";
import { policy } from "./policy";
import { read } from "./read";
import { refuse } from "./refuse";
import { noCorrelation } from "../../http/contract";

export default {
  policy,
  correlation: noCorrelation,
  operations: { issueToken: { read, grant, refuse } },
  demo,
} satisfies Dialect<operations>;
