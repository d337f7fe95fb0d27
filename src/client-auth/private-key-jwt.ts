import type { JsonWebKey } from "node:crypto";
import type { AuthContext, Authenticator } from "../engine/authenticate";
import type { ClientRegistry, RemoteKeys } from "../engine/ports/clients";
import { Refusal } from "../engine/refusal";
import type { Client } from "../engine/client";
import type { DecodedAssertion } from "../engine/token-request";
import { requireDecoded } from "./assertion";
import { checkAuthenticationClaims } from "./assertion-claims";
import { isSignedByAny } from "./assertion-signature";
import { isPlausibleId } from "./client-secret";

export interface PrivateKeyJwtPorts {
  clients: ClientRegistry;
  remoteKeys: RemoteKeys;
  /** How far ahead the `exp` of an assertion may lie. */
  assertionMaxSeconds: number;
}

/**
 * RFC 7521 §4.2 and RFC 7523 §3 under FAPI 2.0: a JWT signed with a key the client registered. The assertion's `jti` is
 * handed on and not spent here, so that a request refused for another reason does not use it up.
 */
export function makePrivateKeyJwt(ports: PrivateKeyJwtPorts): Authenticator<"private_key_jwt"> {
  return async (credential, context) => {
    const assertion = requireDecoded(credential.assertion);
    const { clientId } = credential;
    const { sub } = assertion.payload;
    if (typeof sub !== "string" || !isPlausibleId(sub)) throw new Refusal("invalid_client", "the assertion's sub is no client id");
    if (clientId !== undefined && clientId !== sub) throw new Refusal("invalid_client", "client_id and the assertion's sub differ");
    const client = await ports.clients.findById(sub);
    if (client === undefined) throw new Refusal("invalid_client", "unknown client");
    await checkClientSignature(ports.remoteKeys, client, assertion, context);
    const { jti, exp, usableFrom } = checkAuthenticationClaims(assertion.payload, client.id, context, ports.assertionMaxSeconds);
    return { client, method: "private_key_jwt", spends: { clientId: client.id, jti, expiresAt: exp, usableFrom } };
  };
}

async function checkClientSignature(
  remoteKeys: RemoteKeys,
  client: Client,
  { compact, header }: DecodedAssertion,
  context: AuthContext,
): Promise<void> {
  const algorithm = client.assertionAlgorithms.find((allowed) => allowed === header.alg);
  if (algorithm === undefined) throw new Refusal("invalid_client", `client ${client.id} may not sign with the assertion's alg`);
  const isSigned = (keys: readonly JsonWebKey[]): boolean => isSignedByAny(keys, compact, algorithm, header.kid);
  const { jwks, jwksUri } = client;
  if (!(jwks === null && jwksUri !== null ? await remoteKeys.accept(jwksUri, isSigned, context) : isSigned(jwks ?? []))) {
    throw new Refusal("invalid_client", `no key of client ${client.id} verifies the assertion`);
  }
}
