import type { components } from "../../../generated/weavr";
import type { RefusalCode } from "../../engine/refusal";
import { type WeavrAnswer, commonAnswers, makeRefuse } from "./refusals";

type AccessTokenFailureCode = components["schemas"]["WeavrAccessTokenFailure"]["code"];

const answers = {
  ...commonAnswers,
  subject_not_found: { status: 404, code: "IDENTITY_NOT_FOUND", message: "The identity does not exist or is not available to this user." },
} as const satisfies Record<RefusalCode, WeavrAnswer<AccessTokenFailureCode>>;

export const refuse = makeRefuse<AccessTokenFailureCode>(answers, {
  required: ["identity"],
  objects: ["identity"],
  alternatives: ["clientAssertion", "token"],
});
