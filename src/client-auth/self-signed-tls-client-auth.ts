import { createPublicKey, type JsonWebKey } from "node:crypto";
import type { CertificateFacts } from "../x509/facts";
import type { Asker, RemoteKeys } from "../engine/ports/clients";
import { Refusal } from "../engine/refusal";
import type { ClientCertificate } from "../engine/token-request";
import type { Client } from "../engine/client";

/**
 * RFC 8705 §2.2: checks that the client registered this certificate, by value or behind its `jwks_uri`. Its issuer does not matter.
 * @throws Refusal `invalid_client`, Unavailable if the registered keys cannot be fetched
 */
export async function checkRegisteredCertificate(
  client: Client,
  certificate: ClientCertificate,
  facts: CertificateFacts,
  remoteKeys: RemoteKeys,
  asker: Asker,
): Promise<void> {
  const isAmong = (keys: readonly JsonWebKey[]): boolean => keys.some((key) => matchesCertificate(key, certificate, facts));
  const { jwks, jwksUri } = client;
  if (!(jwks === null && jwksUri !== null ? await remoteKeys.accept(jwksUri, isAmong, asker) : isAmong(jwks ?? [])))
    throw new Refusal("invalid_client", `the certificate presented is none of client ${client.id}`);
}

/** A JWK with a certificate (RFC 7517 §4.7) matches that certificate alone; one without matches every certificate of its key. */
function matchesCertificate(key: JsonWebKey, { der }: ClientCertificate, { publicKey }: CertificateFacts): boolean {
  if (key.x5c === undefined) return encodePublicKey(key)?.equals(publicKey) ?? false;
  const [first] = Array.isArray(key.x5c) ? (key.x5c as unknown[]) : [];
  return typeof first === "string" && Buffer.from(first, "base64").equals(der);
}

/** @returns the DER form of a JWK; undefined if it is not a valid key */
function encodePublicKey(key: JsonWebKey): Buffer | undefined {
  try {
    return createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "der" });
  } catch {
    return undefined;
  }
}
