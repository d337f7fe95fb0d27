import type { JsonObject } from "./json";

const clientStatuses = ["400", "401", "404", "405", "413", "415", "429"];
const serverStatuses = ["500", "503"];

/** Statuses that the engine gives, for each word with which OpenAPI names many at once. */
const expansions: Record<string, readonly string[]> = {
  default: [...clientStatuses, ...serverStatuses],
  "4XX": clientStatuses,
  "5XX": serverStatuses,
};

export interface ExpandedStatuses {
  success: { status: string; vendorStatus: string; response: unknown } | undefined;
  errors: { status: string; vendorStatus: string; response: unknown }[];
  /** Statuses that the engine never gives. */
  dropped: string[];
}

/** Writes ranges and `default` out as the statuses that the engine gives; a status that is named wins over a range, and a range over `default`. */
export function expandStatuses(responses: JsonObject): ExpandedStatuses {
  const given = Object.keys(responses).filter((status) => !status.startsWith("x-"));
  const success = chooseSuccess(given);
  const named = given.filter((status) => /^[45]\d\d$/.test(status));
  const errors = named.map((status) => ({ status, vendorStatus: status, response: responses[status] }));
  for (const range of ["4XX", "5XX", "default"]) {
    const vendorStatus = given.find((status) => status.toUpperCase() === range.toUpperCase());
    if (vendorStatus === undefined || vendorStatus === success) continue;
    for (const status of expansions[range] ?? []) {
      if (errors.every((error) => error.status !== status)) errors.push({ status, vendorStatus, response: responses[vendorStatus] });
    }
  }
  errors.sort((one, other) => Number(one.status) - Number(other.status));
  return {
    success:
      success === undefined
        ? undefined
        : { status: /^2\d\d$/.test(success) ? success : "200", vendorStatus: success, response: responses[success] },
    errors,
    dropped: given.filter((status) => status !== success && /^[123]/.test(status)),
  };
}

/** `default` is the success where no other status is one, and the statuses of errors are named. */
function chooseSuccess(given: readonly string[]): string | undefined {
  const named = ["200", "201", "2XX", "2xx"].find((status) => given.includes(status)) ?? given.find((status) => /^2/.test(status));
  if (named !== undefined) return named;
  return given.includes("default") ? "default" : undefined;
}

/** Describes a status for a vendor that does not. */
export function describeStatus(status: string): string {
  return texts[status] ?? "The request is refused.";
}

const texts: Readonly<Record<string, string>> = {
  "200": "A token.",
  "201": "A token.",
  "400": "The request is refused, for its form, its client or its grant.",
  "401": "The client is not authenticated.",
  "403": "The client may not do this.",
  "404": "The contract is switched off, or there is nothing at this path.",
  "405": "The path exists, the method does not.",
  "413": "The body is larger than the server reads.",
  "415": "The body has another media type.",
  "429": "The caller has used up its allowance.",
  "500": "The server failed in a way it did not foresee.",
  "503": "The server cannot answer at the moment.",
};
