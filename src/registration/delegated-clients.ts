import { type DelegateCertificate, readDelegateCertificate } from "../x509/delegate-certificate";
import type { Clock } from "../engine/client";
import type { DelegatedClientStore, NewDelegatedClient } from "../store/programmes/delegated-clients";
import { makeClientId } from "../store/database/ids";
import { RegistrationError } from "./register";
import { findNamingFaults, longestName } from "./rules";

/** What an operator asks for. */
export interface DelegatedRegistration {
  programmeId: string;
  /** PEM of an X.509 certificate with an RSA key. */
  certificate: string;
  /** A random one otherwise. */
  id?: string;
  /** The id otherwise. */
  name?: string;
}

/** A delegated client that was registered, and what its certificate says. */
export interface RegisteredDelegate extends NewDelegatedClient {
  facts: Pick<DelegateCertificate, "notAfter" | "fingerprint">;
}

export interface RegisterDelegatePorts {
  delegatedClients: Pick<DelegatedClientStore, "create">;
  clock: Clock;
}

const leastModulusBits = 2048;

/**
 * Registers a delegated API client. Only the certificate is kept, whatever else the PEM holds.
 * @throws RegistrationError with every fault, ConflictError if the id is taken, NotFoundError for an unknown programme, Unavailable
 */
export function makeRegisterDelegate({ delegatedClients, clock }: RegisterDelegatePorts) {
  return async function registerDelegate(wanted: DelegatedRegistration): Promise<RegisteredDelegate> {
    const now = clock();
    const id = wanted.id ?? makeClientId();
    const name = wanted.name ?? id.slice(0, longestName);
    const certificate = parseCertificate(wanted.certificate);
    const faults = [
      ...findNamingFaults({ id, name }),
      ...(typeof certificate === "string" ? [certificate] : findDelegateFaults(certificate, now)),
    ];
    if (typeof certificate === "string" || faults.length > 0) throw new RegistrationError(faults);
    const { pem, notAfter, fingerprint } = certificate;
    const client = { id, name, programmeId: wanted.programmeId, certificate: pem };
    await delegatedClients.create(client, now);
    return { ...client, facts: { notAfter, fingerprint } };
  };
}

/** @returns the certificate, or what is wrong with the text */
function parseCertificate(pem: string): DelegateCertificate | string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    return "the file holds a private key; give the certificate only, the key is nobody else's";
  const count = pem.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  if (count > 1) return `the file holds ${count} certificates; give the client's own only, without those it was issued by`;
  if (count === 0) return "the file holds no X.509 certificate in PEM form (-----BEGIN CERTIFICATE-----)";
  try {
    return readDelegateCertificate(pem);
  } catch {
    return "the certificate cannot be read; it is damaged or cut short";
  }
}

function findDelegateFaults({ publicKey, notAfter }: DelegateCertificate, now: number): string[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  const bits = details?.modulusLength ?? 0;
  return [
    ...(type === "rsa" ? [] : [`assertions are signed RS256, and the certificate's key is not RSA but ${type ?? "unknown"}`]),
    ...(type !== "rsa" || bits >= leastModulusBits
      ? []
      : [`an RSA key has at least ${leastModulusBits} bits, the certificate's has ${bits}`]),
    ...(notAfter > now ? [] : [`the certificate expired on ${new Date(notAfter).toISOString().slice(0, 10)}`]),
  ];
}
