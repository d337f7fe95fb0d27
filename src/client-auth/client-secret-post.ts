import type { Authenticator } from "../engine/authenticate";
import { authenticateWithSecret, type SecretPorts } from "./client-secret";

/** RFC 6749 §2.3.1: id and secret in the body, whatever the contract encodes its body in. */
export function makeClientSecretPost(ports: SecretPorts): Authenticator<"client_secret_post"> {
  return (credential) => authenticateWithSecret(ports, credential);
}
