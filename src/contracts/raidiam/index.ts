import type { operations } from "../../../generated/raidiam";
import type { Contract } from "../contract";
import { demo } from "./demo";
import { grant } from "./grant";
import { policy } from "./policy";
import { read } from "./read";
import { refuse } from "./refuse";

export default {
  policy,
  correlation: {
    requestHeader: "x-fapi-interaction-id",
    accepts: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  },
  operations: { issueToken: { read, grant, refuse } },
  demo,
} satisfies Contract<operations>;
