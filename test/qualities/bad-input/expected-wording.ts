/** How each contract words its refusals, so that the matrix can tell what to expect of any fault. */
import type { FaultKind } from "./faults";
import type { ReceivedResponse } from "./request-builder";

/** The summary that a response must have: exactly this text, or one that matches. */
export type ExpectedWording = string | RegExp;

/** How a contract words its refusals. */
export interface ContractWording {
  /** For the conformance check; null for pages, which have no spec. */
  contract: string | null;
  /** Puts into one line the status and the members by which a client tells one refusal from another. */
  summarize: (answer: ReceivedResponse) => string;
  /** The expected summary for each kind of fault. For unknown values it differs, so that the rows have it. @param name of the part, as the contract calls it */
  refusals: Record<Exclude<FaultKind, "unknown" | "noHttp" | "headersTooLarge">, (name: string) => ExpectedWording>;
}

interface OauthBody {
  active: boolean;
  error: string;
  error_description: string;
}

/** RFC 6749 §5.2, used by raidiam and the supporting APIs. */
export function oauthWording(contract: string): ContractWording {
  return {
    contract,
    summarize: ({ status, text }) => {
      const { active, error, error_description: description } = parseBody<OauthBody>(text);
      return joinWords(status, active === undefined ? undefined : `active: ${String(active)}`, error, description);
    },
    refusals: {
      absent: (name) => `400 invalid_request: ${name} is required.`,
      unfit: (name) => `400 invalid_request: ${name} has a NUL character.`,
      mistyped: (name) => `400 invalid_request: ${name} must be text.`,
      repeated: (name) => `400 invalid_request: ${name} is given more than once.`,
      unreadable: () => /^400 invalid_request: The (body|query) is not valid (form encoding in )?UTF-8\.$/,
      tooLarge: () => "413 invalid_request: The body is larger than 64 KiB.",
    },
  };
}

export const screeningEagleWording: ContractWording = {
  contract: "screening-eagle",
  summarize: ({ status, text }) => {
    const { error, errorDescription } = parseBody<{ error?: string; errorDescription?: string }>(text);
    return joinWords(status, error, errorDescription);
  },
  refusals: {
    absent: (name) => new RegExp(`^400 Bad Request: ${name} is required`),
    unfit: (name) => `400 Bad Request: ${name} has a NUL character.`,
    mistyped: (name) => `400 Bad Request: ${name} must be text.`,
    repeated: (name) => `400 Bad Request: ${name} is given more than once.`,
    unreadable: () => /^400 Bad Request: The body is not valid (form encoding in )?UTF-8\.$/,
    tooLarge: () => "413 Payload Too Large: The body is larger than 64 KiB.",
  },
};

export const abbeycrossWording: ContractWording = {
  contract: "abbeycross",
  summarize: ({ status, text }) => {
    const { code, parameter_name: name } = parseBody<{ code?: string; parameter_name?: string }>(text);
    return joinWords(status, code, name);
  },
  refusals: {
    absent: (name) => `409 MISSING_PARAMETER: ${name}`,
    unfit: (name) => `409 INVALID_PARAMETER: ${name}`,
    mistyped: (name) => `409 INVALID_PARAMETER: ${name}`,
    repeated: (name) => `409 DUPLICATED_PARAMETER: ${name}`,
    unreadable: () => "409 MALFORMED_REQUEST",
    tooLarge: () => "413 PAYLOAD_TOO_LARGE",
  },
};

export const firstvisionWording: ContractWording = {
  contract: "firstvision",
  summarize: ({ status, text }) => {
    const [fault] = (text === "" ? [] : JSON.parse(text)) as { errorCode: string; "invalid-params": string[] }[];
    return joinWords(status, fault?.errorCode, fault?.["invalid-params"].join("; "));
  },
  refusals: {
    absent: (name) => `400 240009: ${name}: is required`,
    unfit: (name) => `400 240010: ${name}: has a NUL character`,
    mistyped: (name) => `400 240010: ${name}: must be text`,
    repeated: (name) => `400 240010: ${name}: is given more than once`,
    unreadable: () => "400 240005: query: is not valid form encoding in UTF-8",
    tooLarge: () => "413 241301: body: is too large",
  },
};

interface WeavrInvalidField {
  params: string[];
  fieldName: string;
  error: string;
}

/** weavr's token endpoint, login and step-up. */
export function weavrWording(contract: string): ContractWording {
  return {
    contract,
    summarize: ({ status, text }) => {
      const body = parseBody<{ code?: string; syntaxErrors?: { invalidFields: WeavrInvalidField[] } }>(text);
      const fields = body.syntaxErrors?.invalidFields.map(({ params, fieldName, error }) => `${[...params, fieldName].join(".")} ${error}`);
      return joinWords(status, body.code ?? fields?.join(", "));
    },
    refusals: {
      absent: (name) => `400 ${name} REQUIRED`,
      unfit: (name) => `400 ${name} REGEX`,
      mistyped: (name) => `400 ${name} REGEX`,
      repeated: (name) => `400 ${name.split(".").at(-1) ?? ""} EXACTLY`,
      unreadable: () => "400",
      tooLarge: () => "413 PAYLOAD_TOO_LARGE",
    },
  };
}

/** Pages for people. A redirect to a client has the error in its query. */
export const pagesWording: ContractWording = {
  contract: null,
  summarize: ({ status, headers, text }) => {
    const location = (headers as Record<string, string>).location;
    if (location !== undefined) return summarizeRedirect(status, location);
    const heading = /<h1>(.*?)<\/h1>/s.exec(text)?.[1]?.replaceAll(/<[^>]*>/g, "");
    const [, alert] = /<div class="alert"[^>]*>(.*?)<\/div>/s.exec(text) ?? [];
    return joinWords(status, heading, alert?.replaceAll(/<[^>]*>/g, "").trim());
  },
  refusals: {
    absent: (name) => `400 ${wrongLink}: ${name} is required.`,
    unfit: (name) => `400 ${wrongLink}: ${name} has a NUL character.`,
    mistyped: (name) => `400 ${wrongLink}: ${name} must be text.`,
    repeated: (name) => `400 ${wrongLink}: ${name} is given more than once.`,
    unreadable: () => /^400 This link does not work(: The (request|body|query) is not (valid )?form encoding.*)?$/,
    tooLarge: () => "413 That was too much",
  },
};

export const wrongLink = "This link does not work";

function summarizeRedirect(status: number, location: string): string {
  if (!URL.canParse(location)) return joinWords(status, location.split("?", 1)[0]);
  const { origin, searchParams } = new URL(location);
  const outcome = searchParams.has("code")
    ? "a code"
    : `${searchParams.get("error") ?? ""}: ${searchParams.get("error_description") ?? ""}`;
  return joinWords(status, origin, outcome);
}

/** Summarizes the response to a request that is no HTTP, which reaches no contract. */
export const summarizeNodeResponse: ContractWording["summarize"] = oauthWording("").summarize;

function joinWords(status: number, ...more: readonly (string | undefined)[]): string {
  const said = more.filter((each) => each !== undefined).join(": ");
  return said === "" ? String(status) : `${status} ${said}`;
}

function parseBody<Body extends object>(text: string): Partial<Body> {
  return text === "" ? {} : (JSON.parse(text) as Partial<Body>);
}
