import { Refusal } from "../refusal";
import type { Client, Decision, GrantRequest } from "../types";
import type { GrantPorts } from "./grant";

type Asked = Extract<GrantRequest, { type: "delegated_assertion" }>;

export function makeDelegatedAssertionGrant(_ports: GrantPorts) {
  return async function (client: Client, _asked: Asked, _now: number): Promise<Decision> {
    throw new Refusal("invalid_grant", `not yet: ${client.id}`);
  };
}
