import type { components } from "../../../generated/services/device-authorization";
import { commonAnswers, type FapiAnswer, makeFapiRefuse } from "../../contracts/fapi-refusals";
import type { RefusalCode } from "../../engine/refusal";

type DeviceErrorCode = components["schemas"]["Refused"]["error"];

/** No token is asked for here. A refusal that only a grant can give would come of a request that makes no sense. */
const invalid = commonAnswers.invalid_request;

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
} as const satisfies Record<RefusalCode, FapiAnswer<DeviceErrorCode>>;

export const refuse = makeFapiRefuse<DeviceErrorCode>(answers);
