import type { Authenticator } from "../engine/authenticate";
import { findClientWithSecret, type SecretPorts } from "./client-secret";

/** RFC 6749 §2.3.1: id and secret in the body, whatever the contract encodes its body in. */
export function makeClientSecretPost(ports: SecretPorts): Authenticator<"client_secret_post"> {
  return async ({ clientId, clientSecret }) => ({
    client: await findClientWithSecret(ports, clientId, clientSecret),
    method: "client_secret_post",
  });
}
