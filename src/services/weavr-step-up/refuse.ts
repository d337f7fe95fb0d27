import type { components } from "../../../generated/services/weavr-step-up";
import { type WeavrAnswer, commonAnswers, makeRefuse } from "../../contracts/weavr/refusals";
import type { RefusalCode } from "../../engine/refusal";

type StepUpFailureCode = components["schemas"]["WeavrFailure"]["code"];

/** Stepping up belongs to the weavr contract and refuses in its shapes. */
const answers = {
  ...commonAnswers,
  subject_not_found: commonAnswers.invalid_grant,
} as const satisfies Record<RefusalCode, WeavrAnswer<StepUpFailureCode>>;

/** The body of a request for a challenge has no required members. */
export const refuseChallenge = makeRefuse<StepUpFailureCode>(answers, { required: [], objects: [], alternatives: [] });

export const refuseVerification = makeRefuse<StepUpFailureCode>(answers, {
  required: ["challengeId", "verificationCode"],
  objects: [],
  alternatives: [],
});
