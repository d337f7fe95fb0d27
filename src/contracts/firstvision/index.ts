import type { operations } from "../../../generated/firstvision";
import type { Contract } from "../contract";
import { demo } from "./demo";
import { grant } from "./grant";
import { policy } from "./policy";
import { read } from "./read";
import { refuse } from "./refuse";

export default {
  policy,
  correlation: { requestHeader: "correlationid", accepts: /^[\x20-\x7e]{1,40}$/ },
  operations: { issueFirstvisionToken: { read, grant, refuse } },
  demo,
} satisfies Contract<operations>;
