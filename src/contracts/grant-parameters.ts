import type { GrantRequest } from "../engine/grant-request";
import { invalidRequest, type Problem, Refusal } from "../engine/refusal";

/** The grants whose requests are plain parameters, whatever a contract calls these. */
type ParameterGrant = "client_credentials" | "authorization_code" | "refresh_token" | "device_code";

/** What a contract calls the parameters of a grant; those that it does not have are left out. */
export interface GrantParameterNames<Name extends string> {
  grantType?: Name;
  scope?: Name;
  /** Between two scopes; a space if it is left out (RFC 6749 §3.3). */
  scopeSeparator?: string;
  code?: Name;
  redirectUri?: Name;
  codeVerifier?: Name;
  refreshToken?: Name;
  deviceCode?: Name;
}

/**
 * Makes the request for a grant from parameters that a contract names in its own way.
 * @param offered the grant for each value of the contract's grant type. Without that parameter, the credential that the request
 *   carries tells the grant
 * @throws Refusal `unsupported_grant_type` for a grant type that is not offered, `invalid_request` for parameters that are missing
 */
export function readGrant<Parameters extends object>(
  parameters: Parameters,
  names: GrantParameterNames<keyof Parameters & string>,
  offered: Readonly<Record<string, ParameterGrant>>,
): GrantRequest {
  const valueOf = (name: string | undefined): unknown => (name === undefined ? undefined : Reflect.get(parameters, name));
  const textOf = (name: string | undefined): string => {
    const value = valueOf(name);
    return typeof value === "string" ? value : "";
  };
  const need = (...needed: (string | undefined)[]): string[] => {
    const problems = needed.filter((name) => textOf(name) === "").map((name) => describeMissing(name ?? ""));
    if (problems.length > 0) throw invalidRequest("parameters of the grant are missing", ...problems);
    return needed.map(textOf);
  };
  const scope = splitScopes(valueOf(names.scope), names.scopeSeparator);
  switch (chooseGrant(names, offered, textOf)) {
    case "client_credentials":
      return { type: "client_credentials", scope };
    case "authorization_code": {
      const [code = "", redirectUri = "", codeVerifier = ""] = need(names.code, names.redirectUri, names.codeVerifier);
      return { type: "authorization_code", code, redirectUri, codeVerifier };
    }
    case "refresh_token": {
      const [refreshToken = ""] = need(names.refreshToken);
      return { type: "refresh_token", refreshToken, scope };
    }
    case "device_code": {
      const [deviceCode = ""] = need(names.deviceCode);
      return { type: "device_code", deviceCode };
    }
  }
}

function chooseGrant(
  names: GrantParameterNames<string>,
  offered: Readonly<Record<string, ParameterGrant>>,
  textOf: (name: string | undefined) => string,
): ParameterGrant {
  if (names.grantType !== undefined) {
    const asked = textOf(names.grantType);
    if (asked === "") throw invalidRequest("the grant type is missing", describeMissing(names.grantType));
    const grant = Object.hasOwn(offered, asked) ? offered[asked] : undefined;
    if (grant === undefined) throw new Refusal("unsupported_grant_type", "the grant type is not offered");
    return grant;
  }
  const credentials = { authorization_code: names.code, refresh_token: names.refreshToken, device_code: names.deviceCode };
  const grants = Object.values(offered);
  const carried = grants.find((grant) => grant !== "client_credentials" && textOf(credentials[grant]) !== "");
  return carried ?? grants.find((grant) => grant === "client_credentials") ?? grants[0] ?? "client_credentials";
}

/** Scopes come as one string or as a list of strings. */
function splitScopes(value: unknown, separator = " "): string[] | undefined {
  if (Array.isArray(value)) return value.filter((scope) => typeof scope === "string");
  if (typeof value !== "string") return undefined;
  const scopes = value.split(separator).map((scope) => scope.trim());
  return scopes.filter((scope) => scope !== "");
}

function describeMissing(name: string): Problem {
  return { in: "body", path: [name], rule: "required", message: `${name} is required` };
}

/**
 * Reads `clientId:secret`, in contracts whose clients have a single key.
 * @returns the parameters that {@link readClientCredentials} reads; a key without a colon belongs to no client
 */
export function splitKey(key: string | string[] | undefined): { client_id?: string; client_secret?: string } {
  if (typeof key !== "string") return {};
  const colon = key.indexOf(":");
  return { client_id: key.slice(0, Math.max(colon, 0)), client_secret: key.slice(colon + 1) };
}
