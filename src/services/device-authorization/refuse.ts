import type { components } from "../../../generated/services/device";
import { type Answer, commonAnswers, makeRefuse } from "../../contracts/raidiam/refusal-reply";
import type { RefusalCode } from "../../engine/refusal";

type OAuthError = components["schemas"]["Refused"]["error"];

/** No token is asked for here; what only a grant can say could not be more than a request that makes no sense. */
const invalid = commonAnswers.invalid_request;

/** The endpoint belongs to the raidiam contract and refuses in its shapes. */
const answers = {
  ...commonAnswers,
  unsupported_grant_type: invalid,
  invalid_grant: invalid,
  subject_not_found: invalid,
  authorization_pending: invalid,
  slow_down: invalid,
  expired_token: invalid,
  access_denied: invalid,
  locked: invalid,
} as const satisfies Record<RefusalCode, Answer<OAuthError>>;

export const refuse = makeRefuse<OAuthError>(answers);
