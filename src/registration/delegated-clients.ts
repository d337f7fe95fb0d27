import { type DelegateCertificate, readDelegateCertificate } from "../x509/delegate-certificate";
import { findStrengthFault } from "../x509/public-keys";
import type { Clock } from "../engine/client";
import type { DelegatedClientStore, NewDelegatedClient } from "../store/programmes/delegated-clients";
import { makeClientId } from "../store/database/ids";
import { RegistrationError } from "./registration";
import { findNamingFaults, longestName } from "./rules";

/** What an operator says of a new delegated client. */
export interface DelegatedRegistration {
  programmeId: string;
  /** PEM of an X.509 certificate with an RSA key. */
  certificate: string;
  /** A random id if left out. */
  id?: string;
  /** The id if left out. */
  name?: string;
}

/** A registered delegated client, with the end and the fingerprint of its certificate. */
export interface RegisteredDelegate extends NewDelegatedClient {
  facts: Pick<DelegateCertificate, "notAfter" | "fingerprint">;
}

export interface RegisterDelegatePorts {
  delegatedClients: Pick<DelegatedClientStore, "create">;
  clock: Clock;
}

/**
 * Makes the function that registers a delegated API client. Of the PEM text it stores only the certificate.
 * @throws RegistrationError with every fault, ConflictError if the id is taken, NotFoundError for an unknown programme, Unavailable
 */
export function makeRegisterDelegate({ delegatedClients, clock }: RegisterDelegatePorts) {
  return async function registerDelegate(registration: DelegatedRegistration): Promise<RegisteredDelegate> {
    const now = clock();
    const id = registration.id ?? makeClientId();
    const name = registration.name ?? id.slice(0, longestName);
    const certificate = parseCertificate(registration.certificate);
    const faults = [
      ...findNamingFaults({ id, name }),
      ...(typeof certificate === "string" ? [certificate] : findDelegateFaults(certificate, now)),
    ];
    if (typeof certificate === "string" || faults.length > 0) throw new RegistrationError(faults);
    const { pem, notAfter, fingerprint } = certificate;
    const client = { id, name, programmeId: registration.programmeId, certificate: pem };
    await delegatedClients.create(client, now);
    return { ...client, facts: { notAfter, fingerprint } };
  };
}

/** @returns the certificate, or a sentence about the fault of the text */
function parseCertificate(pem: string): DelegateCertificate | string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    return "the file holds a private key; give the certificate only, and keep the private key with the client";
  const count = pem.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  if (count > 1) return `the file holds ${count} certificates; give only the client's own, without its issuers`;
  if (count === 0) return "the file holds no X.509 certificate in PEM form (-----BEGIN CERTIFICATE-----)";
  try {
    return readDelegateCertificate(pem);
  } catch {
    return "the certificate cannot be read; it is damaged or cut short";
  }
}

function findDelegateFaults({ publicKey, notAfter }: DelegateCertificate, now: number): string[] {
  const { asymmetricKeyType: type } = publicKey;
  const weakness = type === "rsa" ? findStrengthFault(publicKey) : undefined;
  return [
    ...(type === "rsa" ? [] : [`assertions are signed RS256, and the certificate's key is not RSA but ${type ?? "unknown"}`]),
    ...(weakness === undefined ? [] : [`the certificate's key ${weakness}`]),
    ...(notAfter > now ? [] : [`the certificate expired on ${new Date(notAfter).toISOString().slice(0, 10)}`]),
  ];
}
