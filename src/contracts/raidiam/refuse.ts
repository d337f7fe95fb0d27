import type { components, operations } from "../../../generated/raidiam";
import { type Problem, Refusal, type RefusalCode } from "../../engine/refusal";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf } from "../../http/typed";
import { commonAnswers, type FapiAnswer, makeFapiRefuse } from "../fapi-refusals";

type RaidiamErrorCode = components["schemas"]["RaidiamErrorCode"];

const badGrant = { status: 400, error: "invalid_grant", text: "The grant is not valid." } as const;

const answers = {
  ...commonAnswers,
  unsupported_grant_type: { status: 400, error: "unsupported_grant_type", text: "This grant type is not offered." },
  invalid_grant: badGrant,
  locked: badGrant,
  subject_not_found: badGrant,
  authorization_pending: { status: 400, error: "authorization_pending", text: "Nobody has approved the device yet." },
  slow_down: { status: 400, error: "slow_down", text: "Polled too soon: wait five seconds more between polls from now on." },
  expired_token: { status: 400, error: "expired_token", text: "The device code has expired. Begin again." },
  access_denied: { status: 400, error: "access_denied", text: "Access was denied." },
} as const satisfies Record<RefusalCode, FapiAnswer<RaidiamErrorCode>>;

const refuseAs = makeFapiRefuse<RaidiamErrorCode>(answers);

export function refuse(refusal: Refusal, exchange: Exchange): ReplyOf<operations["issueRaidiamToken"]> {
  const known = refusal.problems.some(namesUnknownGrant) ? new Refusal("unsupported_grant_type", refusal.message) : refusal;
  return refuseAs(known, exchange);
}

function namesUnknownGrant({ path, rule }: Problem): boolean {
  return path.join(".") === "grant_type" && rule === "enum";
}
