import type { Authenticators } from "../engine/authenticate";
import { makeApiKey } from "./api-key";
import { type ClientCertificatePorts, makeClientCertificate } from "./client-certificate";
import { makeClientSecretBasic } from "./client-secret-basic";
import { makeClientSecretPost } from "./client-secret-post";
import type { SecretPorts } from "./client-secret";
import { makeNone } from "./none";
import { makePrivateKeyJwt, type PrivateKeyJwtPorts } from "./private-key-jwt";

/** Builds every method of client authentication; the compiler demands that a new method is added here. */
export function makeAuthenticators(ports: SecretPorts & PrivateKeyJwtPorts & ClientCertificatePorts): Authenticators {
  return {
    client_secret_basic: makeClientSecretBasic(ports),
    client_secret_post: makeClientSecretPost(ports),
    private_key_jwt: makePrivateKeyJwt(ports),
    client_certificate: makeClientCertificate(ports),
    none: makeNone(ports),
    api_key: makeApiKey(ports),
  };
}
