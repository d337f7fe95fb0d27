import type { Authenticator } from "../engine/authenticate";
import { authenticateWithSecret, type SecretPorts } from "./client-secret";

/** RFC 6749 §2.3.1: id and secret in the `Authorization` header. */
export function makeClientSecretBasic(ports: SecretPorts): Authenticator<"client_secret_basic"> {
  return (credential) => authenticateWithSecret(ports, credential);
}
