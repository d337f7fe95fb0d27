import { makeAuthTokenGrant } from "./grants/auth-token";
import { makeAuthorizationCodeGrant } from "./grants/authorization-code";
import { clientCredentials } from "./grants/client-credentials";
import { makeDelegatedAssertionGrant } from "./grants/delegated-assertion";
import { makeDeviceCodeGrant } from "./grants/device-code";
import type { GrantPorts } from "./grants/ports";
import { makeOneTimeTokenGrant } from "./grants/one-time-token";
import { makeRefreshTokenGrant } from "./grants/refresh-token";
import { Refusal } from "./refusal";
import type { ContractPolicy } from "./policy";
import type { Decision } from "./decision";
import type { GrantRequest } from "./token-request";
import type { Client } from "./client";

/**
 * Phase two: may this client have what it asks for? Nothing is used up here, so that a request which is refused can be
 * corrected and sent again.
 * @throws Refusal `unsupported_grant_type` for a grant not offered here, `unauthorized_client` for one the client is
 *   not registered for, and whatever the grant itself refuses
 */
export function makeDecide(ports: GrantPorts) {
  const authorizationCode = makeAuthorizationCodeGrant(ports);
  const refreshToken = makeRefreshTokenGrant(ports);
  const deviceCode = makeDeviceCodeGrant(ports);
  const authToken = makeAuthTokenGrant(ports);
  const delegatedAssertion = makeDelegatedAssertionGrant(ports);
  const oneTimeToken = makeOneTimeTokenGrant(ports);

  return async function decide(
    client: Client,
    asked: GrantRequest,
    contract: { name: string; policy: ContractPolicy },
    now: number,
  ): Promise<Decision> {
    if (!contract.policy.grants.includes(asked.type)) {
      throw new Refusal("unsupported_grant_type", `${contract.name} does not offer ${asked.type}`);
    }
    if (!client.grants.includes(asked.type)) {
      throw new Refusal("unauthorized_client", `client ${client.id} is not registered for ${asked.type}`);
    }
    switch (asked.type) {
      case "client_credentials":
        return clientCredentials(client, asked, contract.policy);
      case "authorization_code":
        return authorizationCode(client, asked, contract.policy, now);
      case "refresh_token":
        return refreshToken(client, asked, contract.policy, now);
      case "device_code":
        return deviceCode(client, asked, now);
      case "auth_token":
        return authToken(client, asked, contract.name, now);
      case "delegated_assertion":
        return delegatedAssertion(client, asked, now);
      case "one_time_token":
        return oneTimeToken(client, asked, now);
    }
  };
}

export type Decide = ReturnType<typeof makeDecide>;
