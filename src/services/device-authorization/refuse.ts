import type { components } from "../../../generated/services/device-authorization";
import { commonAnswers, type FapiAnswer, makeFapiRefuse } from "../../contracts/fapi-refusals";
import type { RefusalCode } from "../../engine/refusal";

type DeviceErrorCode = components["schemas"]["DeviceAuthorizationErrorCode"];

/** No token is requested here, so a refusal that only a grant gives can mean nothing but an invalid request. */
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
