import { Refusal } from "../refusal";
import type { Client, Decision, DialectPolicy, GrantRequest } from "../types";
import type { GrantPorts } from "./grant";

type Asked = Extract<GrantRequest, { type: "refresh_token" }>;

export function makeRefreshTokenGrant(_ports: GrantPorts) {
  return async function (client: Client, _asked: Asked, _policy: DialectPolicy, _now: number): Promise<Decision> {
    throw new Refusal("invalid_grant", `not yet: ${client.id}`);
  };
}
