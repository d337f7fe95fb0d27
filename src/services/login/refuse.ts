import type { components } from "../../../generated/services/login";
import { type Answer, commonAnswers, makeRefuse } from "../../dialects/weavr/refusal-reply";
import type { RefusalCode } from "../../engine/refusal";

type Code = components["schemas"]["Failure"]["code"];

const unproved = { status: 401 } as const;
const forbidden = { status: 403 } as const;

/** The login belongs to the weavr contract and refuses in its shapes. */
const answers = {
  ...commonAnswers,
  unsupported_grant_type: forbidden,
  invalid_client: unproved,
  client_disabled: unproved,
  unauthorized_client: forbidden,
  invalid_scope: forbidden,
  invalid_grant: unproved,
  access_denied: forbidden,
  subject_not_found: unproved,
} as const satisfies Record<RefusalCode, Answer<Code>>;

export const refuse = makeRefuse<Code>(answers, { required: ["email", "password"], objects: ["password"], alternatives: [] });
