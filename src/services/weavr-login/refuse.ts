import type { components } from "../../../generated/services/weavr-login";
import { type WeavrAnswer, commonAnswers, makeRefuse } from "../../contracts/weavr/refusals";
import type { RefusalCode } from "../../engine/refusal";

type LoginFailureCode = components["schemas"]["Failure"]["code"];

/** The login belongs to the weavr contract and refuses in its shapes. */
const answers = {
  ...commonAnswers,
  subject_not_found: commonAnswers.invalid_grant,
} as const satisfies Record<RefusalCode, WeavrAnswer<LoginFailureCode>>;

export const refuse = makeRefuse<LoginFailureCode>(answers, { required: ["email", "password"], objects: ["password"], alternatives: [] });
