import type { SecretKind } from "../secrets/secret";
import type { ClientRecord, NewClient } from "../store/clients/admin";

/** A client with every field that it must have, before its secret is made. */
export type RegistrationFacts = Omit<NewClient, "secretDigest" | "namedSubjects">;

/** What an operator asks for; fields that are left out come from the contracts' policies. */
export type Registration = Pick<RegistrationFacts, "contracts"> & Partial<RegistrationFacts>;

/** A registered client, with its secret in clear: the only time the secret can be seen. */
export interface RegisteredClient {
  client: ClientRecord;
  /** Undefined for a client that has none. */
  secret: { kind: SecretKind; value: string } | undefined;
  /** A sentence for each key of its JWKS that cannot be used and is not stored. */
  leftOutKeys: readonly string[];
}

/** A client that cannot be registered; each fault is a sentence. */
export class RegistrationError extends Error {
  override readonly name = "RegistrationError";

  constructor(readonly faults: readonly string[]) {
    super(faults.join("\n"));
  }
}
