import type { DelegatedClient, DelegatedClients, ProveDelegate } from "../engine/ports/users";
import { Refusal } from "../engine/refusal";
import type { DecodedAssertion } from "../engine/token-request";
import { readDelegateCertificate } from "../x509/delegate-certificate";
import { requireDecoded } from "./assertion";
import { checkDelegationClaims } from "./assertion-claims";
import { isSignedBy } from "./assertion-signature";
import { isPlausibleId } from "./client-secret";

/**
 * The assertion of a delegated API client: a JWT, signed with the key of its registered certificate. As with
 * private_key_jwt, the `jti` is handed on and not spent here, so that a request refused for another reason does not use it up.
 */
export function makeProveDelegate(clients: Pick<DelegatedClients, "find">): ProveDelegate {
  return async (presented, programmeId, now) => {
    const assertion = requireDecoded(presented);
    const { iss } = assertion.payload;
    if (typeof iss !== "string" || !isPlausibleId(iss)) throw new Refusal("invalid_client", "the assertion's iss is no client id");
    const client = await clients.find(programmeId, iss);
    if (client === undefined) throw new Refusal("invalid_client", "unknown delegated client, or another programme's");
    if (client.status !== "active") throw new Refusal("invalid_client", `delegated client ${client.id} is disabled`);
    checkDelegateSignature(client, assertion, now);
    const { sub, jti, exp, usableFrom } = checkDelegationClaims(assertion.payload, client.id, now);
    return { clientId: client.id, identityId: sub, spends: { clientId: spenderIdOf(client.id), jti, expiresAt: exp, usableFrom } };
  };
}

/** A `jti` is single-use per client. No client id contains a space, so delegated clients and clients never share a spender id. */
function spenderIdOf(id: string): string {
  return `delegated-client ${id}`;
}

function checkDelegateSignature({ id, certificate }: DelegatedClient, { compact, header }: DecodedAssertion, now: number): void {
  if (header.alg !== "RS256") throw new Refusal("invalid_client", `delegated client ${id} signed with another alg than RS256`);
  const { publicKey, notBefore, notAfter } = readDelegateCertificate(certificate);
  if (now < notBefore || now > notAfter) throw new Refusal("invalid_client", `the certificate of delegated client ${id} is not valid now`);
  if (!isSignedBy(publicKey, compact, "RS256")) {
    throw new Refusal("invalid_client", `the certificate of delegated client ${id} does not verify the assertion`);
  }
}
