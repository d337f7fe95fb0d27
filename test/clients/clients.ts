/** What the tests of typed clients and collections have in common: a server, and a client with each kind of credential. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { BuiltInContract } from "../../src/contracts/registry";
import { startPolymint, type TestOptions, type TestPolymint } from "../../src/testkit";

export const callback = "https://app.example.net/callback";

/** The private half of a key, as client libraries take it. */
export interface ClientKey {
  jwk: { kty: string; [member: string]: unknown };
  pem: string;
}

export interface ClientsServer {
  polymint: TestPolymint;
  /** Signs assertions. */
  signer: { clientId: string; key: ClientKey };
  /** Sends people to the pages. */
  app: { clientId: string; clientSecret: string };
  delegate: { id: string; key: ClientKey };
  /** A wallet or company that the user acts for. */
  identity: { identityType: "CORPORATE"; identityId: string };
}

/** Starts a server with clients for all grants. */
export async function startClientsServer(options: TestOptions = {}): Promise<ClientsServer> {
  const polymint = await startPolymint(options);
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwks = [{ ...keys.publicKey.export({ format: "jwk" }), kid: "own", use: "sig", alg: "ES256" }];
  const services = ["introspection", "revocation"] as const;
  const signer = await polymint.register({ contracts: ["raidiam"], scopes: ["read", "write"], services, jwks });
  const scopes = ["openid", "email", "offline", "inspect"];
  const app = await polymint.register({ contracts: ["screening-eagle"], name: "Inspector", services, scopes, redirectUris: [callback] });
  await polymint.setDelegation(true);
  const delegate = await polymint.createDelegatedClient();
  return {
    polymint,
    signer: { clientId: signer.client.id, key: exportKey(keys.privateKey) },
    app: { clientId: app.client.id, clientSecret: app.secret?.value ?? "" },
    delegate: { id: delegate.id, key: exportKey(delegate.privateKey) },
    identity: { identityType: "CORPORATE", identityId: polymint.user.identities[0]?.id ?? "" },
  };
}

function exportKey(key: KeyObject): ClientKey {
  return { jwk: key.export({ format: "jwk" }) as ClientKey["jwk"], pem: key.export({ format: "pem", type: "pkcs8" }).toString().trim() };
}

/** The credentials of a contract's demo client that has a secret. */
export function secretOf({ clients }: TestPolymint, contract: BuiltInContract): { clientId: string; clientSecret: string } {
  const { clientId, secret } = clients[contract];
  return { clientId, clientSecret: secret };
}
