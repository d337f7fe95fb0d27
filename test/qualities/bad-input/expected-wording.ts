import type { Verdict } from "./faults";
import type { Answer } from "./request-builder";

/** What an answer must say: exactly this, or something that fits. */
export type Wording = string | RegExp;

/** How a contract words its refusals. */
export interface Voice {
  /** For the conformance check; null for pages, which have no spec. */
  contract: string | null;
  /** The status, and what of the answer a client goes by. */
  said: (answer: Answer) => string;
  /** What it must say of a fault; what is unknown differs from value to value. @param name of the place, as the contract calls it */
  says: Record<Exclude<Verdict, "unknown" | "noHttp" | "headersTooLarge">, (name: string) => Wording>;
}

interface Described {
  active: boolean;
  error: string;
  error_description: string;
}

/** RFC 6749 §5.2, as raidiam and the supporting APIs have it. */
export function oauth(contract: string): Voice {
  return {
    contract,
    said: ({ status, text }) => {
      const { active, error, error_description: description } = bodyOf<Described>(text);
      return words(status, active === undefined ? undefined : `active: ${String(active)}`, error, description);
    },
    says: {
      absent: (name) => `400 invalid_request: ${name} is required.`,
      unfit: (name) => `400 invalid_request: ${name} has a NUL character.`,
      mistyped: (name) => `400 invalid_request: ${name} must be text.`,
      repeated: (name) => `400 invalid_request: ${name} is given more than once.`,
      unreadable: () => /^400 invalid_request: The (body|query) is not valid (form encoding in )?UTF-8\.$/,
      tooLarge: () => "413 invalid_request: The body is larger than 64 KiB.",
    },
  };
}

export const screeningEagle: Voice = {
  contract: "screening-eagle",
  said: ({ status, text }) => {
    const { error, errorDescription } = bodyOf<{ error?: string; errorDescription?: string }>(text);
    return words(status, error, errorDescription);
  },
  says: {
    absent: (name) => new RegExp(`^400 Bad Request: ${name} is required`),
    unfit: (name) => `400 Bad Request: ${name} has a NUL character.`,
    mistyped: (name) => `400 Bad Request: ${name} must be text.`,
    repeated: (name) => `400 Bad Request: ${name} is given more than once.`,
    unreadable: () => /^400 Bad Request: The body is not valid (form encoding in )?UTF-8\.$/,
    tooLarge: () => "413 Payload Too Large: The body is larger than 64 KiB.",
  },
};

export const abbeycross: Voice = {
  contract: "abbeycross",
  said: ({ status, text }) => {
    const { code, parameter_name: name } = bodyOf<{ code?: string; parameter_name?: string }>(text);
    return words(status, code, name);
  },
  says: {
    absent: (name) => `409 MISSING_PARAMETER: ${name}`,
    unfit: (name) => `409 INVALID_PARAMETER: ${name}`,
    mistyped: (name) => `409 INVALID_PARAMETER: ${name}`,
    repeated: (name) => `409 DUPLICATED_PARAMETER: ${name}`,
    unreadable: () => "409 MALFORMED_REQUEST",
    tooLarge: () => "413 PAYLOAD_TOO_LARGE",
  },
};

export const firstvision: Voice = {
  contract: "firstvision",
  said: ({ status, text }) => {
    const [fault] = (text === "" ? [] : JSON.parse(text)) as { errorCode: string; "invalid-params": string[] }[];
    return words(status, fault?.errorCode, fault?.["invalid-params"].join("; "));
  },
  says: {
    absent: (name) => `400 240009: ${name}: is required`,
    unfit: (name) => `400 240010: ${name}: has a NUL character`,
    mistyped: (name) => `400 240010: ${name}: must be text`,
    repeated: (name) => `400 240010: ${name}: is given more than once`,
    unreadable: () => "400 240005: query: is not valid form encoding in UTF-8",
    tooLarge: () => "413 241301: body: is too large",
  },
};

interface InvalidField {
  params: string[];
  fieldName: string;
  error: string;
}

/** weavr, its login and its step-up. */
export function weavr(contract: string): Voice {
  return {
    contract,
    said: ({ status, text }) => {
      const body = bodyOf<{ code?: string; syntaxErrors?: { invalidFields: InvalidField[] } }>(text);
      const fields = body.syntaxErrors?.invalidFields.map(({ params, fieldName, error }) => `${[...params, fieldName].join(".")} ${error}`);
      return words(status, body.code ?? fields?.join(", "));
    },
    says: {
      absent: (name) => `400 ${name} REQUIRED`,
      unfit: (name) => `400 ${name} REGEX`,
      mistyped: (name) => `400 ${name} REGEX`,
      repeated: (name) => `400 ${name.split(".").at(-1) ?? ""} EXACTLY`,
      unreadable: () => "400",
      tooLarge: () => "413 PAYLOAD_TOO_LARGE",
    },
  };
}

/** Pages for people. A redirect to a client's own address carries what is said there. */
export const pages: Voice = {
  contract: null,
  said: ({ status, headers, text }) => {
    const location = (headers as Record<string, string>).location;
    if (location !== undefined) return saidOnTheWay(status, location);
    const heading = /<h1>(.*?)<\/h1>/s.exec(text)?.[1]?.replaceAll(/<[^>]*>/g, "");
    const [, alert] = /<div class="alert"[^>]*>(.*?)<\/div>/s.exec(text) ?? [];
    return words(status, heading, alert?.replaceAll(/<[^>]*>/g, "").trim());
  },
  says: {
    absent: (name) => `400 ${wrongLink}: ${name} is required.`,
    unfit: (name) => `400 ${wrongLink}: ${name} has a NUL character.`,
    mistyped: (name) => `400 ${wrongLink}: ${name} must be text.`,
    repeated: (name) => `400 ${wrongLink}: ${name} is given more than once.`,
    unreadable: () => /^400 This link does not work(: The (request|body|query) is not (valid )?form encoding.*)?$/,
    tooLarge: () => "413 That was too much",
  },
};

export const wrongLink = "This link does not work";

function saidOnTheWay(status: number, location: string): string {
  if (!URL.canParse(location)) return words(status, location.split("?", 1)[0]);
  const { origin, searchParams } = new URL(location);
  const outcome = searchParams.has("code")
    ? "a code"
    : `${searchParams.get("error") ?? ""}: ${searchParams.get("error_description") ?? ""}`;
  return words(status, origin, outcome);
}

/** What Node says of what is no HTTP; no contract has been asked. */
export const noContract: Voice["said"] = oauth("").said;

function words(status: number, ...more: readonly (string | undefined)[]): string {
  const said = more.filter((each) => each !== undefined).join(": ");
  return said === "" ? String(status) : `${status} ${said}`;
}

function bodyOf<Body extends object>(text: string): Partial<Body> {
  return text === "" ? {} : (JSON.parse(text) as Partial<Body>);
}
