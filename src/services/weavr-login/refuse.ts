import type { components } from "../../../generated/services/weavr-login";
import { type Answer, commonAnswers, makeRefuse } from "../../contracts/weavr/refusals";
import type { RefusalCode } from "../../engine/refusal";

type Code = components["schemas"]["Failure"]["code"];

/** The login belongs to the weavr contract and refuses in its shapes. */
const answers = {
  ...commonAnswers,
  subject_not_found: commonAnswers.invalid_grant,
} as const satisfies Record<RefusalCode, Answer<Code>>;

export const refuse = makeRefuse<Code>(answers, { required: ["email", "password"], objects: ["password"], alternatives: [] });
