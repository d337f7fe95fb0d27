import type { AuthMethod } from "../engine/client";
import type { GrantType } from "../engine/grant-request";

/** How a client proves itself, for a reader who knows HTTP. */
export const authMethodWords: Readonly<Record<AuthMethod, string>> = {
  client_secret_basic: "id and secret with HTTP Basic",
  client_secret_post: "id and secret in the body",
  private_key_jwt: "a signed assertion",
  tls_client_auth: "a certificate of an authority",
  self_signed_tls_client_auth: "a certificate of its own",
  none: "nothing, as a public client",
  api_key: "an API key",
};

/** What a token is asked for with. */
export const grantWords: Readonly<Record<GrantType, string>> = {
  client_credentials: "the client’s own credentials",
  authorization_code: "an authorization code of a person",
  refresh_token: "a refresh token",
  device_code: "a device code that a person approved",
  auth_token: "the login of a user",
  delegated_assertion: "a delegated assertion",
  one_time_token: "a one-time token",
};
