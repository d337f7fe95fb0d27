import { clientCredentials } from "./grants/client-credentials";
import { type AuthTokenPorts, makeAuthTokenGrant } from "./grants/auth-token";
import { Refusal } from "./refusal";
import type { Client, Decision, DialectPolicy, GrantRequest } from "./types";

/**
 * Phase two: may this client have what it asks for?
 * @throws Refusal `unsupported_grant_type` for a grant not offered here, `unauthorized_client` for one the client is
 *   not registered for, and whatever the grant itself refuses
 */
export function makeDecide(ports: AuthTokenPorts) {
  const authToken = makeAuthTokenGrant(ports);

  return async function decide(
    client: Client,
    asked: GrantRequest,
    dialect: { name: string; policy: DialectPolicy },
    now: number,
  ): Promise<Decision> {
    if (asked.type === "unsupported" || !dialect.policy.grants.includes(asked.type)) {
      const name = asked.type === "unsupported" ? asked.name : asked.type;
      throw new Refusal("unsupported_grant_type", `${dialect.name} does not offer ${name}`);
    }
    if (!client.grants.includes(asked.type)) {
      throw new Refusal("unauthorized_client", `client ${client.id} is not registered for ${asked.type}`);
    }
    switch (asked.type) {
      case "client_credentials":
        return clientCredentials(client, asked, dialect.policy);
      case "auth_token":
        return authToken(client, asked, dialect.name, now);
    }
  };
}

export type Decide = ReturnType<typeof makeDecide>;
