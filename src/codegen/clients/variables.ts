import type { GrantTemplate } from "../../client/plan";

/** The extension of a token operation that says how it is asked (docs/clients.md). */
export const extension = "x-token-client";

/** A value that requests for tokens are made with. */
export interface Variable {
  /** For people, as a sentence. */
  about: string;
  /** Its name in a collection. */
  name: string;
  /** Its type in a typed client; default `string`. */
  type?: string;
  /** It comes anew with each request, so it is given to `exchange`. The others are the client's own. */
  once?: true;
  /** It is made, not given. */
  made?: true;
}

/** Every variable that `x-token-client` may use. */
export const variables: Readonly<Record<string, Variable>> = {
  clientId: { name: "client_id", about: "Id of the client." },
  clientSecret: { name: "client_secret", about: "Secret of the client." },
  apiKey: { name: "api_key", about: "API key of the client." },
  scope: { name: "scope", about: "Scopes to ask for, separated by spaces." },
  email: { name: "email", about: "Email address of the user who logs in." },
  password: { name: "password", about: "Password of that user." },
  identityType: { name: "identity_type", type: '"CONSUMER" | "CORPORATE"', about: "Type of the identity to act for." },
  identityId: { name: "identity_id", about: "Id of the identity to act for." },
  delegateId: { name: "delegate_id", about: "Id of the client that signs in the name of another." },
  code: { name: "code", once: true, about: "Authorization code that the browser came back with." },
  redirectUri: { name: "redirect_uri", once: true, about: "Where the browser came back to, unchanged." },
  codeVerifier: { name: "code_verifier", once: true, about: "Secret behind the code challenge (RFC 7636 §4.1)." },
  deviceCode: { name: "device_code", once: true, about: "Code that the device was given." },
  oneTimeToken: { name: "one_time_token", once: true, about: "Token that works once." },
  refreshToken: { name: "refresh_token", once: true, about: "Refresh token of an earlier answer." },
  assertion: { name: "assertion", made: true, about: "Signed JWT that proves the client." },
  loginToken: { name: "login_token", made: true, about: "What the request before has answered." },
};

/** Finds what a variable is; any other name is one of the path's parameters. */
export function describeVariable(name: string): Variable {
  return variables[name] ?? { name, about: "In the path." };
}

/** Lists the variables of a request, those of the credentials included. */
export function listVariables(request: object): { name: string; optional: boolean }[] {
  const { basic, assertion } = request as Partial<GrantTemplate>;
  const texts = listTexts(request);
  const found = texts.flatMap((text) => [...text.matchAll(/\{(\w+)(?:\[\])?(\?)?\}/g)]);
  const named = found.map(([, name = "", mark]) => ({ name, optional: mark === "?" }));
  const signs = named.some(({ name }) => name === "assertion");
  const implied = [...(basic === true ? ["clientId", "clientSecret"] : []), ...(signs && assertion === undefined ? ["clientId"] : [])];
  return [...implied.map((name) => ({ name, optional: false })), ...named];
}

function listTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(listTexts) : [];
}
