import { isDeepStrictEqual } from "node:util";
import type { ClientFields } from "../store/clients/columns";
import type { ClientRecord } from "../store/clients/admin";
import { sortKeys } from "./key-rules";
import { chooseSecretKind, mustFitContracts, type RulePorts } from "./register";
import type { RegistrationFacts } from "./registration";

/** New values of a client's fields. The id is its name for everybody, and `client disable` has the status. */
export type ClientChange = Partial<Omit<ClientFields, "id" | "status">>;

export interface UpdatedClient {
  before: ClientRecord;
  /** As it is now. */
  client: ClientRecord;
  /** False if it had these values before. Then nothing was written. */
  isChanged: boolean;
  /** A sentence for each key of its new JWKS that cannot be used and is not stored. */
  leftOutKeys: readonly string[];
}

/**
 * Makes the function that changes a registered client, under the rules of its registration.
 * @throws RegistrationError with every fault; NotFoundError; ConflictError if a subject that its tokens would name is a human's; Unavailable
 */
export function makeUpdate(ports: RulePorts) {
  return async function update(id: string, change: ClientChange): Promise<UpdatedClient> {
    const now = ports.clock();
    const { before, isChanged } = await ports.admin.update(id, now, (found) => {
      const facts = toFacts({ ...found, ...change });
      const fault = findSecretFault(found, facts);
      const client = mustFitContracts(facts, ports, fault === undefined ? [] : [fault]);
      const fields = Object.keys(change) as (keyof ClientChange)[];
      return fields.every((field) => isDeepStrictEqual(client[field] ?? null, found[field])) ? undefined : client;
    });
    const leftOutKeys = change.jwks ? sortKeys(change.jwks).leftOut : [];
    return { before, client: await ports.admin.show(id, now), isChanged, leftOutKeys };
  };
}

/** A client as if it were registered now. */
function toFacts({ status: _status, ...fields }: ClientFields): RegistrationFacts {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as unknown as RegistrationFacts;
}

/** A new secret could not be shown, and an old one would stay good. */
function findSecretFault({ authMethods }: ClientRecord, changed: RegistrationFacts): string | undefined {
  const [kind, wanted] = [chooseSecretKind(authMethods), chooseSecretKind(changed.authMethods)];
  if (kind === wanted) return undefined;
  const name = (one: typeof kind): string => (one === undefined ? "no secret" : `a secret of the kind ${one}`);
  return `it has ${name(kind)} and would need ${name(wanted)}; register another client for that`;
}
