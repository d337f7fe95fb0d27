import type { Authenticators } from "../engine/authenticate";
import { refuseToWrite } from "../engine/refusal";
import { makeApiKey } from "./api-key";
import { type ClientCertificatePorts, makeClientCertificate } from "./client-certificate";
import { makeClientSecretBasic } from "./client-secret-basic";
import { makeClientSecretPost } from "./client-secret-post";
import type { SecretPorts } from "./client-secret";
import { makeNone } from "./none";
import { makePrivateKeyJwt, type PrivateKeyJwtPorts } from "./private-key-jwt";

export interface AuthenticatorPorts extends SecretPorts, PrivateKeyJwtPorts, ClientCertificatePorts {
  /** Nothing can be written: an assertion, which must be spent, cannot be taken, whatever is in it. */
  readsOnly: boolean;
}

/** Builds every method of client authentication; the compiler demands that a new method is added here. */
export function makeAuthenticators(ports: AuthenticatorPorts): Authenticators {
  return {
    client_secret_basic: makeClientSecretBasic(ports),
    client_secret_post: makeClientSecretPost(ports),
    private_key_jwt: ports.readsOnly ? () => Promise.reject(refuseToWrite("private_key_jwt")) : makePrivateKeyJwt(ports),
    client_certificate: makeClientCertificate(ports),
    none: makeNone(ports),
    api_key: makeApiKey(ports),
  };
}
