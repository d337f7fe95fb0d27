import type { Actor, Decision } from "../../engine/decision";
import type { IdentityType } from "../../engine/token-request";

/** Whom a token acts for, and the user who holds it. */
export interface Holder {
  identity: { type: IdentityType; id: string };
  credentials: Actor;
}

/** The parties to a decision; every grant of this contract has both. */
export function holderOf({ subject, actor }: Decision): Holder {
  if (actor === null || subject.identityType === undefined) throw new Error("weavr: decided on a token without a user or an identity");
  return { identity: { type: subject.identityType, id: subject.id }, credentials: { type: actor.type, id: actor.id } };
}
